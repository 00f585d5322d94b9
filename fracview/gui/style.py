"""How the window looks: two palettes, one style sheet, one set of icons and measures."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from fracview.paths import resource

if TYPE_CHECKING:
    from fracview.settings import Settings

GAP = 8
"""Distance between things, in device-independent pixels; half and double of it are used too."""
ICON = QSize(18, 18)


@dataclass(frozen=True)
class Colours:
    """All colours of one appearance. Meaning never rests on colour alone.

    ``robust`` and ``standard`` are teal and orange, which every kind of colour vision tells apart.
    """

    dark: bool
    window: str
    base: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    robust: str
    standard: str
    untrained: str
    good: str
    warning: str
    error: str
    film: str = "#000000"


LIGHT = Colours(
    dark=False,
    window="#f1f3f6",
    base="#ffffff",
    raised="#ffffff",
    border="#d3d8df",
    text="#1b2128",
    muted="#5b6672",
    accent="#1d63c9",
    on_accent="#ffffff",
    robust="#0b7a75",
    standard="#b4540a",
    untrained="#6b7280",
    good="#14774a",
    warning="#8f5b00",
    error="#b3261e",
    film="#0b0c0e",
)
DARK = Colours(
    dark=True,
    window="#1a1d22",
    base="#131519",
    raised="#24282f",
    border="#343a43",
    text="#e6e9ed",
    muted="#9aa5b1",
    accent="#5b9dff",
    on_accent="#0b1220",
    robust="#3cc8bb",
    standard="#f2a154",
    untrained="#9aa5b1",
    good="#55c98d",
    warning="#f0bd5a",
    error="#ff8a80",
)


class Style(QObject):
    """Applies an appearance to the program and tells everybody who paints for himself.

    Signals
    -------
    changed(Colours)
        After palette, style sheet and icons have changed.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.colours = LIGHT
        self._theme = "system"
        self._icons: list[tuple[weakref.ref[Any], str, str]] = []

    def apply(self, theme: str = "system") -> None:
        """Take on ``"light"``, ``"dark"`` or what the desktop has."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._theme = theme
        dark = theme == "dark" or (theme == "system" and _desktop_is_dark(app))
        self.colours = DARK if dark else LIGHT
        if app.style().objectName() != "fusion":
            app.setStyle(QStyleFactory.create("Fusion"))
        app.setPalette(_palette(self.colours))
        app.setStyleSheet(_sheet(self.colours))
        self._paint_icons()
        self.changed.emit(self.colours)

    def follow_desktop(self) -> None:
        """Change with the desktop while the theme is ``"system"``."""
        hints = QApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_desktop)

    def _on_desktop(self, *_: Any) -> None:
        if self._theme == "system":
            self.apply("system")

    def set_icon(self, target: Any, name: str, colour: str = "text") -> None:
        """Give an action or button an icon that follows the appearance.

        Parameters
        ----------
        target
            Anything with ``setIcon``.
        name
            A qtawesome name such as ``"mdi6.undo"``.
        colour
            A field of :class:`Colours`.
        """
        self._icons = [entry for entry in self._icons if entry[0]() not in (None, target)]
        self._icons.append((weakref.ref(target), name, colour))
        target.setIcon(icon(name, colour))

    def _paint_icons(self) -> None:
        alive = []
        for entry in self._icons:
            target = entry[0]()
            if target is None:
                continue
            try:
                target.setIcon(icon(entry[1], entry[2]))
            except RuntimeError:  # the C++ half is gone, the Python half not yet
                continue
            alive.append(entry)
        self._icons = alive


STYLE = Style()
"""The one appearance of the program."""


def colours() -> Colours:
    """Colours of the present appearance."""
    return STYLE.colours


def icon(name: str, colour: str = "text") -> QIcon:
    """Draw an icon of the icon font in a colour of the present appearance."""
    import qtawesome

    now = STYLE.colours
    found: QIcon = qtawesome.icon(
        name, color=getattr(now, colour), color_disabled=_faded(now), color_active=now.text
    )
    return found


def small(font: QFont) -> QFont:
    """A font for secondary text."""
    smaller = QFont(font)
    smaller.setPointSizeF(max(7.5, font.pointSizeF() * 0.9))
    return smaller


def tint(colour: str, share: float) -> QColor:
    """A colour laid thinly over the window's ground, for badges and banners."""
    over, under = QColor(colour), QColor(STYLE.colours.base)

    def mix(top: int, ground: int) -> int:
        return round(top * share + ground * (1 - share))

    return QColor(
        mix(over.red(), under.red()),
        mix(over.green(), under.green()),
        mix(over.blue(), under.blue()),
    )


def start_theme(settings: Settings) -> None:
    """Dress the program as its settings say and follow the desktop."""
    STYLE.apply(settings.theme)
    STYLE.follow_desktop()


def _desktop_is_dark(app: QApplication) -> bool:
    scheme = app.styleHints().colorScheme()
    if scheme != Qt.ColorScheme.Unknown:
        return bool(scheme == Qt.ColorScheme.Dark)
    ground = app.style().standardPalette().color(QPalette.ColorRole.Window)
    return ground.lightness() < 128


def _faded(now: Colours) -> str:
    return "#5a626d" if now.dark else "#a9b1bb"


def _palette(now: Colours) -> QPalette:
    role, palette = QPalette.ColorRole, QPalette()
    roles = {
        role.Window: now.window,
        role.WindowText: now.text,
        role.Base: now.base,
        role.AlternateBase: now.window,
        role.Text: now.text,
        role.Button: now.raised,
        role.ButtonText: now.text,
        role.BrightText: now.error,
        role.Highlight: now.accent,
        role.HighlightedText: now.on_accent,
        role.ToolTipBase: now.raised,
        role.ToolTipText: now.text,
        role.PlaceholderText: now.muted,
        role.Link: now.accent,
        role.LinkVisited: now.accent,
        role.Light: "#3a404a" if now.dark else "#ffffff",
        role.Midlight: "#2c313a" if now.dark else "#f7f8fa",
        role.Mid: now.border,
        role.Dark: "#0d0f12" if now.dark else "#b9c0ca",
        role.Shadow: "#000000" if now.dark else "#8a929d",
        role.Accent: now.accent,
    }
    for which, colour in roles.items():
        palette.setColor(which, QColor(colour))
    off = QPalette.ColorGroup.Disabled
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(off, which, QColor(_faded(now)))
    palette.setColor(off, role.Highlight, QColor(now.border))
    palette.setColor(off, role.HighlightedText, QColor(_faded(now)))
    return palette


def _sheet(now: Colours) -> str:
    hover = "#2c313a" if now.dark else "#e4e8ee"
    handle = "#454c57" if now.dark else "#c0c7d0"
    check = resource("icons", f"check-{'dark' if now.dark else 'light'}.svg").as_posix()
    return f"""
QToolBar {{ background: {now.window}; border: 0; border-bottom: 1px solid {now.border};
  spacing: 2px; padding: 3px 6px; }}
QToolBar::separator {{ background: {now.border}; width: 1px; margin: 5px 6px; }}
QToolBar QToolButton {{ border: 0; border-radius: 5px; padding: 4px 6px; }}
QToolBar QToolButton:hover {{ background: {hover}; }}
QToolBar QToolButton:checked {{ background: {tint(now.accent, 0.28).name()}; }}
QToolBar QToolButton:pressed {{ background: {tint(now.accent, 0.4).name()}; }}
QMenuBar {{ background: {now.window}; border: 0; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {hover}; color: {now.text}; }}
QStatusBar {{ background: {now.window}; border-top: 1px solid {now.border}; }}
QStatusBar::item {{ border: 0; }}
QMainWindow::separator {{ background: {now.border}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {now.accent}; }}
QSplitter::handle {{ background: {now.border}; }}
QSplitter::handle:hover {{ background: {now.accent}; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {now.muted}; border: 0;
  border-bottom: 2px solid transparent; padding: 6px 10px 5px 10px; }}
QTabBar::tab:hover {{ color: {now.text}; background: {hover}; }}
QTabBar::tab:selected {{ color: {now.text}; border-bottom: 2px solid {now.accent}; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {now.border}; }}
QHeaderView::section {{ background: {now.window}; color: {now.muted}; border: 0;
  border-bottom: 1px solid {now.border}; padding: 4px 8px; }}
QHeaderView {{ background: {now.window}; border: 0; }}
QLineEdit {{ background: {now.base}; border: 1px solid {now.border}; border-radius: 4px;
  padding: 2px 5px; selection-background-color: {now.accent};
  selection-color: {now.on_accent}; }}
QLineEdit:focus {{ border-color: {now.accent}; }}
QLineEdit:disabled {{ color: {_faded(now)}; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit, QTableView QLineEdit {{ border: 0; padding: 0; }}
QCheckBox::indicator, QTableView::indicator {{ width: 14px; height: 14px; border-radius: 4px;
  border: 1px solid {now.muted}; background: {now.base}; }}
QCheckBox::indicator:hover {{ border-color: {now.accent}; }}
QCheckBox::indicator:checked, QTableView::indicator:checked {{ background: {now.accent};
  border-color: {now.accent}; image: url({check}); }}
QCheckBox::indicator:disabled {{ border-color: {now.border}; background: {now.window}; }}
QCheckBox::indicator:focus {{ border-color: {now.accent}; }}
QTableView::item {{ padding: 0 6px; }}
QTableCornerButton::section {{ background: {now.window}; border: 0;
  border-bottom: 1px solid {now.border}; }}
QTableView, QListView, QTreeView {{ border: 0; gridline-color: {now.border};
  selection-background-color: {tint(now.accent, 0.3).name()}; selection-color: {now.text}; }}
QToolTip {{ background: {now.raised}; color: {now.text}; border: 1px solid {now.border};
  padding: 4px 6px; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
QScrollBar::handle {{ background: {handle}; border-radius: 4px; margin: 2px; min-height: 28px;
  min-width: 28px; }}
QScrollBar::handle:hover {{ background: {now.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QScrollArea {{ border: 0; background: transparent; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QProgressBar {{ background: {now.border}; border: 0; border-radius: 3px; text-align: center; }}
QProgressBar::chunk {{ background: {now.accent}; border-radius: 3px; }}
QPushButton[role="primary"] {{ background: {now.accent}; color: {now.on_accent}; border: 0;
  border-radius: 5px; padding: 6px 14px; font-weight: 600; }}
QPushButton[role="primary"]:hover {{ background: {tint(now.accent, 0.85).name()}; }}
QPushButton[role="primary"]:disabled {{ background: {now.border}; color: {_faded(now)}; }}
QToolButton[role="link"] {{ border: 0; color: {now.accent}; font-weight: 600; padding: 2px 4px; }}
QToolButton[role="link"]:hover {{ text-decoration: underline; }}
QLabel[role="title"] {{ font-weight: 600; }}
QLabel[role="section"] {{ font-weight: 600; color: {now.muted}; }}
QLabel[role="muted"] {{ color: {now.muted}; }}
QLabel[role="warning"] {{ color: {now.warning}; }}
QLabel[role="error"] {{ color: {now.error}; }}
QLabel[role="research"] {{ color: {now.warning}; font-weight: 600; padding: 0 8px; }}
QFrame[role="banner-info"] {{ background: {tint(now.accent, 0.14).name()};
  border-bottom: 1px solid {now.border}; }}
QFrame[role="banner-warning"] {{ background: {tint(now.warning, 0.16).name()};
  border-bottom: 1px solid {now.border}; }}
QFrame[role="banner-error"] {{ background: {tint(now.error, 0.16).name()};
  border-bottom: 1px solid {now.border}; }}
QFrame[role="line"] {{ background: {now.border}; border: 0; max-height: 1px; }}
"""
