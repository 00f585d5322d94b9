"""The window: puts views, panels, menus and lanes together and decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QMenu,
    QMessageBox,
    QSizePolicy,
    QTabWidget,
    QToolBar,
    QWidget,
)

from fracview.gui.actions import MENUS, TABLE, TOOLBAR, build_actions
from fracview.gui.arrangement import arrange, keep, restore
from fracview.gui.autosave import Autosave
from fracview.gui.centre import Centre
from fracview.gui.conductor import Conductor
from fracview.gui.deeds import Deeds
from fracview.gui.docks.attack import AttackDock
from fracview.gui.docks.boxes import BoxesDock
from fracview.gui.docks.browser import BrowserDock
from fracview.gui.docks.coverage import CoverageDock
from fracview.gui.docks.film_info import FilmInfoDock
from fracview.gui.docks.jobs import JobsDock
from fracview.gui.docks.methods import MethodsDock
from fracview.gui.docks.models import ModelsDock
from fracview.gui.files import Files
from fracview.gui.films import Films
from fracview.gui.library import Library
from fracview.gui.navigator import Navigator
from fracview.gui.peek import Peek
from fracview.gui.radii import Radii
from fracview.gui.recents import Recents
from fracview.gui.runner import Runner
from fracview.gui.session import Session
from fracview.gui.style import ICON
from fracview.gui.switches import sync_actions
from fracview.gui.thumbnails import Thumbnails
from fracview.gui.tour import Tour
from fracview.gui.views.comparison_grid import ComparisonGrid
from fracview.gui.views.radiograph_view import RadiographView
from fracview.gui.views.words_strip import WordsStrip
from fracview.gui.warming import PLOTS, TORCH, loading_plots, loading_torch
from fracview.gui.widgets.dock_title import give_titles
from fracview.gui.widgets.status_strip import StatusStrip
from fracview.paths import config_dir
from fracview.recall import open_archive
from fracview.settings import Settings
from fracview.store import Store
from fracview.workspace import Workspace

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QAction,
        QCloseEvent,
        QDragEnterEvent,
        QDropEvent,
        QPaintEvent,
    )

    from fracview.gui.library import Opened
    from fracview.gui.runner import Failure, Job
    from fracview.task import Progress


class Window(QMainWindow):
    """The program's window.

    Signals
    -------
    painted()
        Once, after the first paint: heavy work may begin.
    warmed()
        Once torch is loaded.

    Parameters
    ----------
    settings
        Preferences as read.
    workspace
        What is wanted at the start; by default the demo pair, as the settings have it.
    """

    painted = Signal()
    warmed = Signal()

    def __init__(self, settings: Settings | None = None, workspace: Workspace | None = None):
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("fracview")
        self.setAcceptDrops(True)
        self.settings = settings or Settings()
        self.device_text = ""
        self._painted = False
        self.state = QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)
        self._make_lanes(workspace or default_workspace(self.settings))
        self._make_views()
        self.deeds, self.files, self.tour = Deeds(self), Files(self), Tour(self)
        self.actions_by_name = build_actions(self)
        self._make_bars()
        self._connect()
        restore(self)
        self.sync_actions()

    # Parts ------------------------------------------------------------------------------------

    def _make_lanes(self, workspace: Workspace) -> None:
        self.session = Session(workspace, self)
        self.runner = Runner(self, "device")
        store = Store(self.settings.memory << 20)
        device = self.settings.device or None
        archive = open_archive(self.settings.disk)
        self.conductor = Conductor(self.session, self.runner, store, device, self, archive)
        self.films = Films(self.session, self, keep=self.settings.films)
        self.autosave = Autosave(self.session, self)
        self.library = Library(self.session, self.autosave, self)
        self.thumbnails = Thumbnails(parent=self)
        self.recents = Recents(self.state, self)
        self.runners = (self.runner, self.library.lane)

    def _make_views(self) -> None:
        session, conductor = self.session, self.conductor
        self.view = RadiographView(session, conductor=conductor)
        self.grid = ComparisonGrid(session, conductor)
        self.centre = Centre(self.view, self.grid, self.autosave.save_now)
        self.radii = Radii(session, conductor, self.runner)
        self.centre.show_words(WordsStrip(session, conductor, self.radii))
        self.setCentralWidget(self.centre)
        self.browser = BrowserDock(session, self.films, self.thumbnails)
        self.models = ModelsDock(session, conductor)
        self.methods = MethodsDock(session, self.runner)
        self.attack = AttackDock(session, conductor, self.runner)
        self.info = FilmInfoDock(session)
        self.coverage = CoverageDock(session, conductor)
        self.boxes = BoxesDock(session)
        self.jobs = JobsDock(*self.runners)
        self.navigator = Navigator(session, self.films, self.browser, self)
        self.right = (self.models, self.methods, self.attack, self.info)
        self.bottom = (self.coverage, self.boxes, self.jobs)
        self.docks: tuple[QDockWidget, ...] = (self.browser, *self.right, *self.bottom)
        self.setDockNestingEnabled(True)
        for area in (Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea):
            self.setTabPosition(area, QTabWidget.TabPosition.North)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.strip = StatusStrip(self.runners)
        self.setStatusBar(self.strip)
        give_titles(self, self.docks)

    def _make_bars(self) -> None:
        menus: dict[str, QMenu] = {name: self.menuBar().addMenu(f"&{name}") for name in MENUS}
        for command in TABLE:
            top, _, sub = command.menu.partition("/")
            if not top:
                continue
            if sub and command.menu not in menus:
                menus[command.menu] = menus[top].addMenu(sub)
            menus[command.menu].addAction(self.actions_by_name[command.name])
        self.recent_menu = QMenu("Open &recent", self)
        menus["File"].insertMenu(self.actions_by_name["open_demo"], self.recent_menu)
        menus["File"].insertSeparator(self.actions_by_name["add_model"])
        menus["File"].insertSeparator(self.actions_by_name["save"])
        panels = menus["Window"].addMenu("&Panels")
        for dock in self.docks:
            panels.addAction(dock.toggleViewAction())
        bar = QToolBar("Tools", movable=False)
        bar.setObjectName("tool_bar")
        bar.setIconSize(ICON)
        bar.toggleViewAction().setEnabled(False)
        for name in TOOLBAR:
            if name == ">":
                space = QWidget()
                space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
                bar.addWidget(space)
            elif name:
                bar.addAction(self.actions_by_name[name])
            else:
                bar.addSeparator()
        for name in ("predict", "attack", "explain"):
            button: Any = bar.widgetForAction(self.actions_by_name[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addToolBar(bar)
        for name in ("open_folder", "open_files", "open_demo"):
            self.centre.welcome.add_action(self.actions_by_name[name])
        self._fill_recents()
        peeks = tuple(self.actions_by_name[c.name] for c in TABLE if c.peek)
        self.peek = Peek(peeks, self)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self.peek)

    def _connect(self) -> None:
        session, library = self.session, self.library
        session.said.connect(self.strip.say)
        session.watch(lambda w: not w.cases, self.centre.show_welcome)
        session.changed.connect(lambda *_: self.sync_actions())
        session.history_changed.connect(self.sync_actions)
        session.watch(lambda w: (w.case, library.busy), lambda _: self._show_title())
        library.opening.connect(lambda title: self._show_opening(title, None))
        library.progressed.connect(lambda news: self._show_opening("", news))
        library.opened.connect(self._on_opened)
        library.failed.connect(self._on_not_opened)
        self.recents.changed.connect(self._fill_recents)
        self.autosave.failed.connect(self.centre.show_trouble)
        self.autosave.saved.connect(lambda _: self.centre.show_trouble(""))
        self.view.maximise_wanted.connect(self.centre.toggle_film)
        self.grid.maximise_wanted.connect(self.centre.toggle_grid)
        self.view.tool.mode_changed.connect(lambda _: self.sync_actions())
        self.browser.problems_asked.connect(self.deeds.show_problems)
        self.models.device_chosen.connect(self.deeds.use_device)
        self.models.checkpoint_given.connect(self.files.ask_architecture)
        self.strip.messages_asked.connect(self.deeds.show_messages)
        self.strip.cancel_asked.connect(self.deeds.cancel)
        self.runner.succeeded.connect(self._on_lane)
        self.runner.failed.connect(self._on_lane_failure)

    # Start ------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Load plots and torch in the lane, then what only torch can tell."""
        device = self.settings.device or None
        self.runner.submit("load plots", loading_plots, PLOTS)
        self.runner.submit("load torch", lambda: loading_torch(device), TORCH)
        self.methods.load_forms()
        self.attack.load_forms()

    def open(self, paths: list[Path]) -> None:
        """Open files and folders in place of what is open."""
        self.library.open(paths)

    def show_device(self) -> None:
        """Say where models run."""
        chosen = self.settings.device or (self._found[0].name if self._found else "")
        self.device_text = chosen
        self.strip.show_device(f"runs on {chosen}" if chosen else "")

    _found: tuple[Any, ...] = ()

    def arrange(self) -> None:
        """Put all panels where they are at first."""
        arrange(self)

    def sync_actions(self) -> None:
        """Bring switches, texts and greying of the actions up to date."""
        sync_actions(self)

    # What happens -----------------------------------------------------------------------------

    def _on_opened(self, opened: Opened) -> None:
        if not opened.demo:
            self.recents.add(opened.paths)
        self.browser.show_problems(opened.problems)
        self.boxes.set_origin(opened.origin)
        self._show_title()
        count = len(opened.cases)
        what = f"{count:,} radiograph{'' if count == 1 else 's'}"
        self.session.say(f"{opened.title}: {what} open.")

    def _on_not_opened(self, sentence: str) -> None:
        if not self.session.workspace.cases:
            self.browser.show_empty("Nothing is open", "Open a folder, or drop one here.")
            self.centre.welcome.say("It could not be opened", sentence)
            self.centre.welcome.show_progress(None)

    def _show_opening(self, title: str, news: Progress | None) -> None:
        if self.session.workspace.cases:
            return
        fraction = news.fraction if news is not None and news.total else -1.0
        text = news.message if news is not None else title
        self.browser.show_empty("Opening", text)
        self.centre.welcome.say("Opening", text)
        self.centre.welcome.show_progress(fraction)

    def _show_title(self) -> None:
        case, now = self.session.workspace.case, self.library.now
        parts = [case.name if case else "", now.title if now else "", "fracview"]
        self.setWindowTitle(" – ".join(part for part in parts if part))

    def _fill_recents(self) -> None:
        self.recent_menu.clear()
        for path in self.recents.paths:
            action = self.recent_menu.addAction(str(path))
            action.triggered.connect(lambda _=False, path=path: self.open([path]))
        self.recent_menu.addSeparator()
        clear = self.recent_menu.addAction("&Clear this list")
        clear.triggered.connect(lambda _=False: self.recents.clear())
        clear.setEnabled(bool(self.recents.paths))
        self.recent_menu.setEnabled(bool(self.recents.paths))

    def _on_lane(self, job: Job, record: Any) -> None:
        if job.tag == PLOTS:
            # In turns of their own: together they would be felt.
            QTimer.singleShot(15, self, self.coverage.prepare)
            QTimer.singleShot(60, self, self.attack.prepare)
        if job.tag == TORCH:
            self._found = record
            self.models.show_devices(record, self.settings.device)
            self.show_device()
            self.warmed.emit()

    def _on_lane_failure(self, job: Job, failure: Failure) -> None:
        if job.tag in (PLOTS, TORCH):
            self.session.say(failure.sentence, "error")

    # Qt ---------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """At first, as large as a small screen allows."""
        return QSize(1500, 900)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first paint, once it is over."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders may be dropped."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Radiographs, models and boxes, each to where it belongs."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.files.take(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop all work and wait for it; ask only where boxes could not be saved."""
        if self.autosave.unsaved and not self.autosave.save_now() and not self._leave_anyway():
            event.ignore()
            return
        keep(self)
        self.hide()
        self.shutdown()
        event.accept()

    def shutdown(self) -> None:
        """Stop every lane and wait for its thread."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self.peek)
        lanes = (self.runner, self.library.lane, self.films.lane, self.thumbnails.lane)
        for lane in lanes:
            lane.cancel_all()
        parts = (self.thumbnails, self.library, self.films, self.runner, self.view, self.grid)
        for part in (*parts, self.conductor):
            part.shutdown()
        self.autosave.leave()

    def _leave_anyway(self) -> bool:
        button = QMessageBox.StandardButton
        answer = QMessageBox.warning(
            self,
            "Boxes are not saved",
            f"{self.autosave.trouble}\n\nLeave and lose the last boxes?",
            button.Discard | button.Cancel,
            button.Cancel,
        )
        return answer == button.Discard

    def show_crash(self, summary: str, details: str) -> None:
        """Tell of a mistake of the program; one dialog at a time, the rest goes into the list."""
        self.session.say(f"A mistake of the program was written down: {summary}", "error")
        if self._crash_shown:
            return
        self._crash_shown = True
        from fracview.gui.dialogs.crash import CrashDialog

        dialog = CrashDialog(summary, details, self)
        dialog.exec()
        dialog.deleteLater()
        self._crash_shown = False

    _crash_shown = False

    def action(self, name: str) -> QAction:
        """An action of the command table."""
        return self.actions_by_name[name]


def default_workspace(settings: Settings) -> Workspace:
    """What is wanted at the start, as the settings have it."""
    return Workspace(
        wishes=frozenset({"predict"}) if settings.predict else frozenset(),
        auto=settings.follow,
        opacity=settings.opacity,
        percent=settings.percent,
    )
