"""Where things lie: in a checkout, in a wheel and in a frozen program alike."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Path of a shipped file or folder under ``resources/``.

    Parameters
    ----------
    *parts
        Path below ``resources/``, such as ``"protocols", "repo.toml"``.

    Returns
    -------
    Path
        It may not exist; the caller says what it was for.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen, "resources", *parts)
    inside = _PACKAGE / "resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)


def config_dir() -> Path:
    """Folder of settings; ``FRACVIEW_HOME`` moves it together with cache and logs."""
    return _folder("config", platformdirs.user_config_path("fracview", appauthor=False))


def cache_dir() -> Path:
    """Folder of results that can be computed again."""
    return _folder("cache", platformdirs.user_cache_path("fracview", appauthor=False))


def log_dir() -> Path:
    """Folder of logs, which never hold identifiers."""
    return _folder("log", platformdirs.user_log_path("fracview", appauthor=False))


def model_dir() -> Path:
    """Folder in which the user's own model cards are found by name."""
    return _folder("models", platformdirs.user_data_path("fracview", appauthor=False) / "models")


def _folder(name: str, default: Path) -> Path:
    home = os.environ.get("FRACVIEW_HOME")
    folder = Path(home) / name if home else default
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
