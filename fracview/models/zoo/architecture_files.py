"""RobustBench's architecture files, imported one by one without importing RobustBench.

The package as published does not import without further packages and takes seconds when it does;
the single files need torch alone.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from fracview.errors import ModelError
from fracview.paths import resource

_PARENT = "rb_arch"


def architecture_folder() -> Path:
    """Folder of the files: ``resources/robustbench`` in a frozen program, else the installed one.

    Raises
    ------
    ModelError
        If there is neither.
    """
    shipped = resource("robustbench")
    if shipped.is_dir():
        return shipped
    # find_spec of a top-level name looks for the package and does not run it.
    spec = find_spec("robustbench")
    for location in (spec.submodule_search_locations or ()) if spec is not None else ():
        folder = Path(location, "model_zoo", "architectures")
        if folder.is_dir():
            return folder
    raise ModelError("The architectures of robustbench are missing. Run: pip install robustbench")


@cache
def architecture_file(stem: str) -> Any:
    """Import one file, such as ``"wide_resnet"``.

    Parameters
    ----------
    stem
        Name without ``.py``.

    Raises
    ------
    ModelError
        If the file is missing or needs a package that is.
    """
    folder = architecture_folder()
    if _PARENT not in sys.modules:
        # A bare parent makes the relative imports between the files work.
        parent = ModuleType(_PARENT)
        parent.__path__ = [str(folder)]
        sys.modules[_PARENT] = parent
    name = f"{_PARENT}.{stem}"
    if name in sys.modules:  # a sibling has imported it
        return sys.modules[name]
    spec = spec_from_file_location(name, folder / f"{stem}.py")
    if spec is None or spec.loader is None:
        raise ModelError(f"robustbench has no architecture file {stem}.py.")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (ImportError, OSError) as error:
        del sys.modules[name]
        raise ModelError(f"robustbench's {stem}.py cannot be imported ({error}).") from error
    return module
