"""What is heavy comes late: checked in fresh processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120,
        cwd=ROOT,
    )  # fmt: skip
    return {name.partition(".")[0] for name in done.stdout.split()}


HEAVY = {"torch", "captum", "robustbench", "torchvision", "matplotlib", "pydicom", "skimage"}
QT = {"PySide6", "pyqtgraph", "qtawesome", "superqt"}


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import fracview", HEAVY | QT | {"numpy"}),
        ("import fracview.gui.app", HEAVY),
        ("import fracview.pipeline", HEAVY | QT),
        ("import fracview.workspace", HEAVY | QT),
        ("import fracview.request", HEAVY | QT),
        ("import fracview.settings", HEAVY | QT),
        ("import fracview.data.dataset", (HEAVY - {"pydicom"}) | QT),
        ("import fracview.metrics.coverage", HEAVY | QT),
        ("import fracview.models.shelf", HEAVY | QT),
        ("import fracview.cli", HEAVY | QT),
        ("import fracview.__main__", HEAVY | QT | {"typer"}),
        ("import fracview.models.load", QT),
        ("import fracview.attacks.build, fracview.attribution.explain", QT),
    ],
)
def test_heavy_modules_are_absent(statement: str, absent: set[str]) -> None:
    assert modules_after(statement) & absent == set()


def test_layers_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
