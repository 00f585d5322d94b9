"""Which commands are on, grey, or called otherwise, as the workspace has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fracview.gui.actions import TABLE, tip_of

if TYPE_CHECKING:
    from fracview.gui.window import Window


def sync_actions(window: Window) -> None:
    """Bring switches, texts and greying of the actions up to date."""
    workspace, actions = window.session.workspace, window.actions_by_name
    for name, text in (("undo", window.session.undo_text), ("redo", window.session.redo_text)):
        action = actions[name]
        action.setEnabled(bool(text))
        title = name.capitalize()
        action.setText(f"&{title}: {text}" if text else f"&{title}")
        command = next(c for c in TABLE if c.name == name)
        action.setToolTip(f"{title}: {text}" if text else tip_of(command))
    case = workspace.case
    checks = {
        "boxes": workspace.show_boxes,
        "heatmaps": workspace.show_heatmaps,
        "model_eye": workspace.model_eye,
        "hide_region": window.view.hiding.on,
        "draw": window.view.tool.mode == "draw",
        "review": case is not None and str(case.path) in workspace.edits.reviewed,
        "theme_system": window.settings.theme == "system",
        "theme_light": window.settings.theme == "light",
        "theme_dark": window.settings.theme == "dark",
    }
    for name, on in checks.items():
        actions[name].setChecked(on)
    for name in ("draw", "invert", "auto_window", "fit", "predict", "attack", "explain",
                 "hide_region", "draw_region", "zoom_in", "zoom_out", "one_to_one"):  # fmt: skip
        actions[name].setEnabled(workspace.radiograph is not None)
    for name in ("next", "previous", "first", "last", "review", "next_unreviewed",
                 "previous_unreviewed", "export_boxes", "import_boxes"):  # fmt: skip
        actions[name].setEnabled(bool(workspace.cases))
    selected = workspace.selected_box is not None
    for name in ("delete", "duplicate"):
        actions[name].setEnabled(selected)
