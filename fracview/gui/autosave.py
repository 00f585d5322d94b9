"""Every edit reaches the disk before the next one can be made."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Signal

from fracview.errors import InputError
from fracview.paths import config_dir
from fracview.workspace import Edits, load_edits, save_edits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fracview.gui.session import Session


def edits_folder() -> Path:
    """Folder of all saved edits."""
    folder = config_dir() / "edits"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def edits_file(paths: Iterable[Path]) -> Path:
    """File of the edits of what is opened: one for each set of folders.

    A file counts as its folder, so a radiograph opened alone and the folder around it share edits.
    """
    folders = sorted({str(path if path.is_dir() else path.parent) for path in _absolute(paths)})
    name = hashlib.sha256("\n".join(folders).encode()).hexdigest()
    return edits_folder() / f"{name}.json"


def _absolute(paths: Iterable[Path]) -> list[Path]:
    return [Path(path).resolve() for path in paths]


class Autosave(QObject):
    """Writes the session's edits after each of them, and reads them when a folder is opened.

    Signals
    -------
    saved(Path)
        All edits are on the disk.
    failed(str)
        They are not; they stay in the window, and the next edit tries again.
    """

    saved = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.path: Path | None = None
        self.trouble = ""
        self._lock: QLockFile | None = None
        session.edited.connect(self._on_edit)

    @property
    def unsaved(self) -> bool:
        """Whether there is an edit that could not be written."""
        return bool(self.trouble)

    def enter(self, path: Path) -> tuple[Edits, str]:
        """Take over a file of edits.

        Returns
        -------
        Edits
            What it holds.
        str
            A sentence if it could not be read or is in use, else "".
        """
        self.leave()
        lock = QLockFile(str(path.with_suffix(".lock")))
        lock.setStaleLockTime(0)
        taken = not lock.tryLock(0)
        self._lock = None if taken else lock
        try:
            edits, said = load_edits(path), ""
        except InputError as error:
            edits, said = Edits(), str(error)
            path = _free(path)
        if taken:
            path = _free(path)
            said = "Another window has this folder open; boxes drawn here are saved apart."
        self.path, self.trouble = path, ""
        return edits, said

    def leave(self) -> None:
        """Give the file back to other windows."""
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
        self.path = None

    def save_now(self) -> bool:
        """Save, and say where; False if it failed."""
        if self.path is None:
            self.session.say("There is nothing to save yet: open radiographs first.")
            return True
        if self._write(self.session.workspace.edits):
            self.session.say(f"Every box is saved as it is drawn, in {self.path}.")
            return True
        return False

    def _on_edit(self, edits: Edits) -> None:
        if self.path is not None:
            self._write(edits)

    def _write(self, edits: Edits) -> bool:
        assert self.path is not None
        try:
            save_edits(edits, self.path)
        except InputError as error:
            self.trouble = str(error)
            self.failed.emit(self.trouble)
            return False
        self.trouble = ""
        self.saved.emit(self.path)
        return True


def _free(path: Path) -> Path:
    """A name beside a file that must not be written over."""
    number = 1
    while (other := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return other
