"""Whether the label of a phantom can be read from anything but its fracture: eight tests.

Run ``python -m tests.benchmarks.phantom_shortcuts --count 2000`` from the top folder of the
checkout. The tests of the films (global, border, twins, metadata, centre) need no model; those of
nets (marker, occlusion, negatives) are asked of each ``--model``. Run the first on every new
version of the generator, the second on every new pair.
"""
