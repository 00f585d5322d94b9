"""What is public is what ``fracview.__all__`` says, and all of it can be imported."""

from __future__ import annotations

import inspect
import subprocess
import sys

import fracview


def test_every_public_name_is_there_and_documented() -> None:
    for name in fracview.__all__:
        thing = getattr(fracview, name)
        if not isinstance(thing, str):
            assert inspect.getdoc(thing), name


def test_dir_lists_exactly_the_public_names() -> None:
    assert sorted(fracview.__all__) == dir(fracview)


def test_importing_fracview_loads_neither_torch_nor_qt() -> None:
    code = (
        "import sys, fracview, fracview.pipeline, fracview.cli\n"
        "heavy = {'torch', 'PySide6', 'captum', 'matplotlib', 'pydicom', 'robustbench'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
