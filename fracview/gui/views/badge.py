"""Robust, standard or untrained: a word on a colour, never a colour alone."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

_COLOURS = {
    "robust": ("#0b5d4a", "#ffffff"),
    "standard": ("#4a4f57", "#ffffff"),
    "untrained": ("#b35c00", "#ffffff"),
}
_MEANINGS = {
    "robust": "Trained against adversarial changes.",
    "standard": "Trained in the usual way.",
    "untrained": "Random weights: its maps show what a net draws without having learned anything.",
}


class Badge(QLabel):
    """The kind of a model."""

    def show_kind(self, kind: str) -> None:
        """Set ``"robust"``, ``"standard"``, ``"untrained"``, or "" for nothing."""
        back, fore = _COLOURS.get(kind, ("transparent", "#888888"))
        self.setText(kind)
        self.setVisible(bool(kind))
        self.setToolTip(_MEANINGS.get(kind, ""))
        self.setStyleSheet(
            f"background: {back}; color: {fore}; border-radius: 3px; padding: 0 4px;font-size: 8pt;"
        )
