"""Fixtures for all tests: isolated settings and cache, the development data, a toy classifier."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test its own settings, cache, logs and model folder."""
    monkeypatch.setenv("FRACVIEW_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the development data (FracAtlas part, DICOM files)."""
    if not SHARED.is_dir():
        pytest.skip("the development data beside the checkout (../shared/data) is missing")
    return SHARED


@pytest.fixture(scope="session")
def fracatlas(shared: Path) -> Path:
    """Folder of the FracAtlas part."""
    return shared / "fracatlas"
