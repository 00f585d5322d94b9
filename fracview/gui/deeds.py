"""What the commands of the window do; each is short, for the work is done elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from fracview.errors import FracviewError
from fracview.gui.style import STYLE
from fracview.paths import log_dir
from fracview.settings import save_settings

if TYPE_CHECKING:
    from fracview.gui.window import Window
    from fracview.settings import Settings


class Deeds(QObject):
    """Slots of the command table that concern the film, the computing and the window."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self.session, self.view = window.session, window.view
        self.view.hiding.changed.connect(window.sync_actions)

    # The film ---------------------------------------------------------------------------------

    def draw(self) -> None:
        """Begin to draw a box, or stop it."""
        if self.view.tool.mode == "draw":
            self.view.cancel()
        else:
            self.view.start_drawing()
        self.window.sync_actions()

    def toggle_reviewed(self) -> None:
        """Mark the current film as reviewed, or not."""
        workspace = self.session.workspace
        if workspace.case is not None:
            done = str(workspace.case.path) in workspace.edits.reviewed
            self.session.set_reviewed(workspace.case.path, not done)

    def toggle_boxes(self) -> None:
        """Show or hide boxes."""
        self.session.update(show_boxes=not self.session.workspace.show_boxes)

    def toggle_heatmaps(self) -> None:
        """Show or hide heatmaps."""
        self.session.update(show_heatmaps=not self.session.workspace.show_heatmaps)

    def toggle_model_eye(self) -> None:
        """Show what the model is fed, or the film."""
        self.session.update(model_eye=not self.session.workspace.model_eye)

    def fainter(self) -> None:
        """Less opaque heatmaps."""
        self._opacity(-0.1)

    def stronger(self) -> None:
        """More opaque heatmaps."""
        self._opacity(0.1)

    def preset_1(self) -> None:
        """Full range."""
        self.view.set_preset(0)

    def preset_2(self) -> None:
        """As in the file."""
        self.view.set_preset(1)

    def preset_3(self) -> None:
        """Bone."""
        self.view.set_preset(2)

    def preset_4(self) -> None:
        """Soft tissue."""
        self.view.set_preset(3)

    def preset_5(self) -> None:
        """The last one."""
        self.view.set_preset(4)

    def _opacity(self, by: float) -> None:
        value = min(1.0, max(0.0, round(self.session.workspace.opacity + by, 2)))
        self.session.update(opacity=value)
        self.session.say(f"Heatmaps {value:.0%} opaque.")

    # Computing --------------------------------------------------------------------------------

    def predict(self) -> None:
        """Ask all models."""
        self._wish("predict")

    def attack(self) -> None:
        """Attack all models with the settings of the Attack panel, and show it."""
        if self._may_wish():
            self.window.attack.run()
            self.window.attack.raise_()

    def explain(self) -> None:
        """Heatmaps of all models and methods."""
        self._wish("predict", "explain")

    def retry(self) -> None:
        """Read the film again if it has none, and ask again for what failed."""
        if self.session.workspace.radiograph is None:
            self.window.films.reload()
        self.window.conductor.retry()

    def cancel(self) -> None:
        """Give up the box being drawn; else stop all work."""
        if self.view.cancel():
            return
        if any(runner.jobs for runner in self.window.runners):
            self.window.conductor.cancel()
            for runner in self.window.runners:
                runner.cancel_all()
            self.session.say("Stopped.")

    def _may_wish(self, method: bool = False) -> bool:
        """Whether there is something to compute; if not, say what is missing."""
        workspace = self.session.workspace
        missing = ""
        if workspace.case is None:
            missing = "Open a radiograph first."
        elif workspace.radiograph is None:
            missing = "There is no film to ask about."
        elif not workspace.models:
            missing = "Choose a model first, in the Models panel."
        elif method and not workspace.methods:
            missing = "Choose a method first, in the Methods panel."
        if missing:
            self.session.say(missing, "warning")
        return not missing

    def _wish(self, *wishes: Any) -> None:
        if not self._may_wish("explain" in wishes):
            return
        workspace = self.session.workspace
        wanted = workspace.wishes | set(wishes)
        if wanted != workspace.wishes:
            self.session.update(wishes=wanted)
        else:
            self.window.conductor.retry()

    # The window -------------------------------------------------------------------------------

    def theme_system(self) -> None:
        """Light or dark as the desktop."""
        self.use(replace(self.window.settings, theme="system"))

    def theme_light(self) -> None:
        """Light."""
        self.use(replace(self.window.settings, theme="light"))

    def theme_dark(self) -> None:
        """Dark."""
        self.use(replace(self.window.settings, theme="dark"))

    def flip_theme(self) -> None:
        """Dark if it is light, light if it is dark."""
        self.use(replace(self.window.settings, theme="light" if STYLE.colours.dark else "dark"))

    def use_device(self, name: str) -> None:
        """Run models elsewhere from now on."""
        self.use(replace(self.window.settings, device=name))

    def use(self, settings: Settings) -> None:
        """Take on settings at once and keep them."""
        old, self.window.settings = self.window.settings, settings
        if settings.theme != old.theme:
            STYLE.apply(settings.theme)
        if settings.device != old.device:
            self.window.conductor.move(settings.device or None)
            self.window.show_device()
        if settings.follow != old.follow:
            self.session.update(auto=settings.follow)
        try:
            save_settings(settings)
        except FracviewError as error:
            self.session.say(str(error), "error")
        self.window.sync_actions()

    def reset_layout(self) -> None:
        """Put all panels where they were at first."""
        self.window.arrange()

    def show_settings(self) -> None:
        """Ask for settings."""
        from fracview.gui.dialogs.preferences import PreferencesDialog

        dialog = PreferencesDialog(self.window.settings, self.window)
        if dialog.exec():
            self.use(dialog.settings())
        dialog.deleteLater()

    def show_guide(self) -> None:
        """Show the first steps."""
        from fracview.gui.dialogs.guide import GuideDialog

        self._show(GuideDialog(self.window))

    def show_keys(self) -> None:
        """Show the key sheet."""
        from fracview.gui.dialogs.key_sheet import KeySheet

        self._show(KeySheet(self.window))

    def show_messages(self) -> None:
        """Show what was said."""
        from fracview.gui.dialogs.messages import MessagesDialog

        self._show(MessagesDialog(tuple(self.window.strip.messages), self.window))

    def show_problems(self) -> None:
        """Show what is wrong with what is open."""
        from fracview.gui.dialogs.problems import ProblemsDialog

        now = self.window.library.now
        if now is not None:
            self._show(ProblemsDialog(now.title, now.problems, self.window))

    def show_about(self) -> None:
        """Show versions and licences."""
        from fracview.gui.dialogs.about import AboutDialog

        self._show(AboutDialog(self.window.device_text, self.window))

    def open_log(self) -> None:
        """Open the folder of logs."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_dir())))

    def _show(self, dialog: Any) -> None:
        dialog.exec()
        dialog.deleteLater()
