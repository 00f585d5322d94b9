"""PySide6 6.12.0 loses references to None and True on Python 3.11, and the program dies of it."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal")


class Source(QObject):
    sent = Signal(int)


def test_emit_keeps_references_to_true(qapp):
    source, before = Source(), sys.getrefcount(True)
    for _ in range(200):
        source.sent.emit(1)
    assert abs(sys.getrefcount(True) - before) < 50


def test_a_void_call_keeps_references_to_none(qapp):
    label, before = QLabel(), sys.getrefcount(None)
    for number in range(200):
        label.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < 50
