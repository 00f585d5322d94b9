"""The program as a person starts it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage


def start(*words: str, home: Path, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "FRACVIEW_HOME": str(home), "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "fracview", *words],
        env=environment, capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip


def test_the_version_is_answered_at_once_without_qt_or_torch(tmp_path):
    code = (
        "import sys; sys.argv = ['fracview', '--version']\n"
        "from fracview.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not {'PySide6', 'torch', 'typer'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("fracview 0.")


def test_the_first_paint_waits_neither_for_torch_nor_for_plots(tmp_path):
    code = (
        "import os, sys\n"
        "from fracview.gui.app import application\n"
        "from fracview.gui.window import Window\n"
        "app = application()\n"
        "window = Window()\n"
        "window.painted.connect(app.quit)\n"
        "window.show()\n"
        "app.exec()\n"
        "assert not {'torch', 'pyqtgraph', 'scipy.stats'} & set(sys.modules)\n"
        "window.coverage.plot.names, window.attack.plot.probabilities\n"
        "assert 'pyqtgraph' in sys.modules\n"
        "window.close()\n"
    )
    environment = {
        **os.environ, "FRACVIEW_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_folder_is_opened_pictured_and_left(gallery, tmp_path):
    out = tmp_path / "window.png"
    done = start("open", str(gallery), "--screenshot", str(out), "--exit", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1500, 900)
    grey = {image.pixelColor(x, image.height() // 3).lightness() for x in range(image.width())}
    assert len(grey) > 20, "the picture is not blank"


def test_a_path_that_is_not_there_ends_with_1(tmp_path):
    out = tmp_path / "window.png"
    words = ("open", str(tmp_path / "gone"), "--screenshot", str(out), "--exit")
    assert start(*words, home=tmp_path / "home").returncode == 1


@pytest.mark.parametrize("place", ["no/such/folder/window.png"])
def test_a_picture_that_cannot_be_saved_ends_with_1(gallery, tmp_path, place):
    words = ("open", str(gallery), "--screenshot", str(tmp_path / place), "--exit")
    assert start(*words, home=tmp_path / "home").returncode == 1
