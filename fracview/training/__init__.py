"""Training the small net, standard or against an adversary, on a folder or on phantoms.

A :class:`~fracview.training.recipe.Recipe` says everything; :func:`fracview.training.course.train`
is the task that follows it. Nothing here is imported by the window.
"""
