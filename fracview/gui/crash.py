"""Mistakes of the program are written down and shown; the program goes on."""

from __future__ import annotations

import faulthandler
import logging
import re
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QtMsgType, Signal, qInstallMessageHandler

from fracview import __version__
from fracview.paths import log_dir

if TYPE_CHECKING:
    from types import TracebackType

_log = logging.getLogger("fracview.crash")
_SECRET = re.compile(
    r"(?P<path>(?:[A-Za-z]:)?[/\\][^\s'\":;,<>|]*[/\\]?[^\s'\":;,<>|]*)"
    r"|(?P<file>[^\s'\"/\\]+\.(?:dcm|png|jpe?g|tiff?|json|xml|txt|csv|toml|pth?|safetensors))",
    re.IGNORECASE,
)
_FRAME = re.compile(r'File "(?:[^"]*?[/\\])?((?:fracview|site-packages|lib)[/\\][^"]*)"')
_NOISE = ("propagateSizeHints",)


def without_identifiers(text: str) -> str:
    """Take names of files and folders out of a text; lines of a traceback keep the program's own.

    A patient's name can stand in a file's name, and a log is sent around.
    """
    lines = []
    for line in text.splitlines():
        frame = _FRAME.search(line)
        if frame is not None and line.lstrip().startswith("File "):
            inner = re.sub(r".*site-packages[/\\]", "", frame[1])
            lines.append(_FRAME.sub(f'File "{inner}"', line))
        else:
            lines.append(_SECRET.sub("<file>", line))
    return "\n".join(lines)


class Crashes(QObject):
    """Hooks for everything that nobody caught, in every thread.

    Signals
    -------
    happened(str, str)
        Summary and details, both without identifiers; delivered in the window's thread.
    """

    happened = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file: Any = None
        self._log: RotatingFileHandler | None = None
        self._old: tuple[Any, ...] = ()

    def install(self) -> None:
        """Take over the hooks and open the log."""
        folder = log_dir()
        self._log = RotatingFileHandler(
            folder / "fracview.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8"
        )
        self._log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _log.addHandler(self._log)
        _log.setLevel(logging.INFO)
        _log.propagate = False
        self._file = open(folder / "faults.log", "a", encoding="utf-8")
        faulthandler.enable(self._file)
        self._old = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(_on_qt)
        _log.info("fracview %s started", __version__)

    def remove(self) -> None:
        """Give the hooks back and close the log."""
        if not self._old:
            return
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._old
        self._old = ()
        qInstallMessageHandler(None)
        faulthandler.disable()
        self._file.close()
        if self._log is not None:
            _log.removeHandler(self._log)
            self._log.close()

    def record(self, error: BaseException, where: str) -> None:
        """Write an error down and tell of it."""
        details = "".join(traceback.format_exception(error))
        details = without_identifiers(f"fracview {__version__}, {where}\n{details}")
        summary = without_identifiers(f"{type(error).__name__}: {error}")
        _log.error("%s", details)
        self.happened.emit(summary, details)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.record(error, "in the window")

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self.record(args.exc_value, f"in thread {args.thread.name if args.thread else '?'}")

    def _on_unraisable(self, args: Any) -> None:
        if isinstance(args.exc_value, BaseException):
            self.record(args.exc_value, "while cleaning up")


def _on_qt(kind: QtMsgType, _: Any, text: str) -> None:
    if any(noise in text for noise in _NOISE):
        return
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }
    _log.log(levels.get(kind, logging.ERROR), "Qt: %s", without_identifiers(text))
