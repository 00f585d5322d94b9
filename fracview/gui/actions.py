"""Every deed of the window in one table; menus, tool bar, keys and the key sheet follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QAction, QKeySequence

from fracview.gui.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMainWindow


@dataclass(frozen=True)
class Command:
    """One deed.

    Parameters
    ----------
    name
        Identity.
    text
        Of the menu entry, with a mnemonic.
    keys
        Key sequences in Qt's portable text, the first is shown in the menu.
    icon
        qtawesome name, or "".
    slot
        Dotted path from the window to what is called, such as ``"session.undo"``.
    menu
        ``"File"`` or ``"File/Export"``; "" for keys without a menu entry.
    tip
        What it does, in a few words.
    checkable
        Whether it is a switch.
    peek
        Whether holding the key shows the other state only for as long as it is held.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    slot: str = ""
    menu: str = ""
    tip: str = ""
    checkable: bool = False
    peek: bool = False


MENUS = ("File", "Edit", "View", "Film", "Run", "Window", "Help")

TABLE: tuple[Command, ...] = (
    # File
    Command("open_files", "&Open radiographs...", ("Ctrl+O",), "mdi6.file-image-outline",
            "files.open_files", "File", "Open one or more radiographs"),
    Command("open_folder", "Open &folder...", ("Ctrl+Shift+O",), "mdi6.folder-open-outline",
            "files.open_folder", "File", "Open a folder or a data set such as FracAtlas"),
    Command("open_demo", "Open the &demonstration", (), "mdi6.bone",
            "library.open_demo", "File", "Open drawn radiographs whose fractures are known"),
    Command("add_model", "Add a &model...", ("Ctrl+M",), "mdi6.brain",
            "files.add_model", "File", "Add a model card or a checkpoint"),
    Command("import_boxes", "&Import boxes...", ("Ctrl+I",), "mdi6.import",
            "files.import_boxes", "File",
            "Read boxes from COCO, VOC, YOLO, LabelMe or Supervisely files"),
    Command("export_boxes", "&Export boxes...", ("Ctrl+E",), "mdi6.export",
            "files.export_boxes", "File",
            "Write all boxes as COCO, VOC, YOLO, LabelMe or Supervisely"),
    Command("save", "&Save", ("Ctrl+S",), "mdi6.content-save-outline",
            "autosave.save_now", "File", "Boxes are saved at once; this says where"),
    Command("quit", "&Quit", ("Ctrl+Q",), "mdi6.exit-to-app", "close", "File", "Leave"),
    # Edit
    Command("undo", "&Undo", ("Ctrl+Z",), "mdi6.undo", "session.undo", "Edit",
            "Take back the last edit, on whichever film it was"),
    Command("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "mdi6.redo", "session.redo", "Edit",
            "Do again what was taken back"),
    Command("draw", "&Draw a box", ("R", "B"), "mdi6.vector-square-plus", "deeds.draw", "Edit",
            "Drag, or click twice, around a fracture", checkable=True),
    Command("copy", "&Copy box", ("Ctrl+C",), "mdi6.content-copy", "view.copy", "Edit",
            "Copy the selected box"),
    Command("paste", "&Paste box", ("Ctrl+V",), "mdi6.content-paste", "view.paste", "Edit",
            "Paste the copied box"),
    Command("duplicate", "D&uplicate box", ("Ctrl+D",), "", "view.duplicate", "Edit",
            "Copy and paste the selected box"),
    Command("delete", "De&lete box", ("Del", "Backspace"), "mdi6.delete-outline",
            "view.delete_selected", "Edit", "Delete the selected box"),
    Command("review", "Mark as re&viewed", ("Ctrl+Return",), "mdi6.check-circle-outline",
            "deeds.toggle_reviewed", "Edit", "Mark this radiograph as reviewed, or not",
            checkable=True),
    Command("settings", "&Settings...", ("Ctrl+,",), "mdi6.cog-outline", "deeds.show_settings",
            "Edit", "Appearance, device, memory"),
    # View
    Command("boxes", "Show &boxes", ("X",), "mdi6.selection", "deeds.toggle_boxes", "View",
            "Show or hide boxes; hold the key to peek", checkable=True, peek=True),
    Command("heatmaps", "Show &heatmaps", ("H",), "mdi6.fire", "deeds.toggle_heatmaps", "View",
            "Show or hide heatmaps; hold the key to peek", checkable=True, peek=True),
    Command("model_eye", "Model's &eye", ("V",), "mdi6.eye-outline", "deeds.toggle_model_eye",
            "View", "Show exactly what the model is fed", checkable=True),
    Command("hide_region", "Hide the bo&x from the models", ("O",), "mdi6.eraser-variant",
            "view.hiding.toggle", "View",
            "Fill the selected box, or all boxes, and ask the models again; hold the key to peek",
            checkable=True, peek=True),
    Command("draw_region", "Hide a re&gion...", ("Shift+O",), "", "view.draw_region", "View",
            "Drag a region that is no box: it is filled and the models are asked again"),
    Command("fainter", "Heatmaps &fainter", ("[",), "", "deeds.fainter", "View",
            "Less opaque heatmaps"),
    Command("stronger", "Heatmaps &stronger", ("]",), "", "deeds.stronger", "View",
            "More opaque heatmaps"),
    Command("zoom_in", "Zoom &in", ("+", "="), "mdi6.magnify-plus-outline", "view.zoom_in",
            "View", "Magnify; the wheel magnifies at the cursor"),
    Command("zoom_out", "Zoom &out", ("-",), "mdi6.magnify-minus-outline", "view.zoom_out",
            "View", "Make smaller"),
    Command("fit", "F&it to panel", ("F",), "mdi6.fit-to-page-outline", "view.fit", "View",
            "Show the whole film"),
    Command("one_to_one", "One &pixel to one pixel", ("Ctrl+0",), "", "view.one_to_one", "View",
            "Original size"),
    Command("maximise_film", "Film &alone", ("F11",), "mdi6.fullscreen",
            "centre.toggle_film", "View", "Give the film or the comparison the whole centre"),
    # Film
    Command("next", "&Next film", ("D", "PgDown"), "mdi6.chevron-right", "navigator.next",
            "Film", "Next film of the list"),
    Command("previous", "&Previous film", ("A", "PgUp"), "mdi6.chevron-left",
            "navigator.previous", "Film", "Previous film of the list"),
    Command("first", "&First film", ("Home",), "", "navigator.first", "Film", "First of the list"),
    Command("last", "&Last film", ("End",), "", "navigator.last", "Film", "Last of the list"),
    Command("next_unreviewed", "Next &unreviewed", ("Ctrl+Shift+D",), "mdi6.skip-next-outline",
            "navigator.next_unreviewed", "Film", "Next film that is not marked as reviewed"),
    Command("previous_unreviewed", "Previous unre&viewed", ("Ctrl+Shift+A",), "",
            "navigator.previous_unreviewed", "Film", "Previous film not marked as reviewed"),
    Command("invert", "&Invert", ("I",), "mdi6.invert-colors", "view.invert", "Film",
            "Exchange black and white"),
    Command("auto_window", "&Automatic window", ("Shift+R",), "mdi6.contrast-circle",
            "view.auto_window", "Film", "Choose window and level from the film's grey values"),
    Command("preset_1", "Window: full &range", ("1",), "", "deeds.preset_1", "Film",
            "All grey values"),
    Command("preset_2", "Window: of the file (&DICOM)", ("2",), "", "deeds.preset_2", "Film",
            "As the file says"),
    Command("preset_3", "Window: &bone", ("3",), "", "deeds.preset_3", "Film", "Bright parts"),
    Command("preset_4", "Window: &soft tissue", ("4",), "", "deeds.preset_4", "Film",
            "Dark parts"),
    Command("preset_5", "Window: &last", ("5",), "", "deeds.preset_5", "Film",
            "The one before this one"),
    # Run
    Command("predict", "&Predict", ("P",), "mdi6.stethoscope", "deeds.predict", "Run",
            "Ask all chosen models about this film"),
    Command("attack", "Attac&k", ("K",), "mdi6.flash-outline", "deeds.attack", "Run",
            "Attack all chosen models on this film"),
    Command("explain", "&Explain", ("E",), "mdi6.map-search-outline", "deeds.explain", "Run",
            "Heatmaps of all chosen models and methods"),
    Command("next_model", "Next &model", ("M",), "", "view.next_overlay", "Run",
            "Show the next model on the film"),
    Command("step_back", "Attack: step &back", (",",), "mdi6.step-backward", "attack.step_back",
            "Run", "Show the attack one step earlier"),
    Command("step_forward", "Attack: step &forward", (".",), "mdi6.step-forward",
            "attack.step_forward", "Run", "Show the attack one step later"),
    Command("retry", "&Try again", ("Ctrl+R", "F5"), "mdi6.refresh", "deeds.retry", "Run",
            "Try again what failed"),
    Command("cancel", "&Cancel", ("Esc",), "mdi6.stop-circle-outline", "deeds.cancel", "Run",
            "Drop the box being drawn; else stop all work"),
    # Window
    Command("theme_system", "&As the desktop", (), "", "deeds.theme_system", "Window/Appearance",
            "Light or dark as the desktop is", checkable=True),
    Command("theme_light", "&Light", (), "mdi6.white-balance-sunny", "deeds.theme_light",
            "Window/Appearance", "Light appearance", checkable=True),
    Command("theme_dark", "&Dark", (), "mdi6.weather-night", "deeds.theme_dark",
            "Window/Appearance", "Dark appearance", checkable=True),
    Command("flip_theme", "Light or &dark", ("Ctrl+T",), "mdi6.theme-light-dark",
            "deeds.flip_theme", "Window", "Change between light and dark"),
    Command("reset_layout", "&Restore the arrangement", (), "mdi6.view-dashboard-outline",
            "deeds.reset_layout", "Window", "Put all panels where they were at first"),
    # Help
    Command("guide", "&First steps", ("F1",), "mdi6.school-outline", "deeds.show_guide", "Help",
            "What to do first, on one page"),
    Command("tour", "&Tour", (), "mdi6.map-marker-path", "tour.begin", "Help",
            "Three steps through the window"),
    Command("keys", "&Keys", ("?",), "mdi6.keyboard-outline", "deeds.show_keys", "Help",
            "All keys and mouse gestures"),
    Command("messages", "&Messages", ("Ctrl+L",), "mdi6.message-text-outline",
            "deeds.show_messages", "Help", "What was said in the status line"),
    Command("log", "Open the &log folder", (), "", "deeds.open_log", "Help",
            "Where crashes are written down"),
    Command("about", "&About fracview", (), "mdi6.information-outline", "deeds.show_about",
            "Help", "Versions, device, licences"),
)  # fmt: skip

MOUSE: tuple[tuple[str, str], ...] = (
    ("Left drag on the film", "window (sideways) and level (down is darker)"),
    ("Right drag", "window and level in every mode; with Shift finer"),
    ("Wheel", "zoom at the cursor"),
    ("Middle drag, or Space and drag", "pan"),
    ("Hold Space on the film", "hide the box, and see what the models say then"),
    ("Double-click", "give the panel the whole centre, and back"),
    ("Drag, or click and click", "draw a box, after R or B"),
    ("Drag a box or its corner", "move or resize it"),
    ("Arrows", "move the box by 1 pixel; with Shift 10; with Alt resize"),
    ("Tab", "next of the boxes that lie on each other"),
)
"""Gestures of the key sheet that are no actions."""

TOOLBAR: tuple[str, ...] = (
    "open_folder", "", "previous", "next", "", "draw", "undo", "redo", "review", "",
    "invert", "auto_window", "fit", "boxes", "heatmaps", "model_eye", "hide_region", "",
    "predict", "attack", "explain", "cancel", ">", "flip_theme", "guide", "keys",
)  # fmt: skip
"""Commands of the tool bar; "" is a separator, ">" sends what follows to the right end."""


def build_actions(
    window: QMainWindow, table: Iterable[Command] = TABLE, root: Any = None
) -> dict[str, QAction]:
    """Make the actions of a table and connect them to what they name.

    Parameters
    ----------
    window
        Owner of the actions.
    table
        What to make.
    root
        Where dotted slots begin; the window itself by default.

    Raises
    ------
    AttributeError
        If a slot does not exist.
    """
    actions: dict[str, QAction] = {}
    for command in table:
        slot = attrgetter(command.slot)(window if root is None else root)
        action = QAction(command.text, window)
        action.setObjectName(command.name)
        action.setCheckable(command.checkable)
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setAutoRepeat(command.name in REPEATING)
        action.setToolTip(tip_of(command))
        action.setStatusTip("")
        if command.icon:
            STYLE.set_icon(action, command.icon)
        action.triggered.connect(lambda _checked=False, slot=slot: slot())
        window.addAction(action)
        actions[command.name] = action
    return actions


REPEATING = frozenset(
    {"next", "previous", "fainter", "stronger", "zoom_in", "zoom_out", "step_back",
     "step_forward", "undo", "redo"}
)  # fmt: skip
"""Commands that go on while their key is held."""


def tip_of(command: Command) -> str:
    """Tooltip with the keys behind it."""
    keys = " or ".join(readable(key) for key in command.keys)
    return f"{command.tip} ({keys})" if keys else command.tip


def readable(key: str) -> str:
    """A key sequence as the platform writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def conflicts(table: Iterable[Command] = TABLE) -> list[tuple[str, str, str]]:
    """Keys that two commands claim: key, first command, second command."""
    owner: dict[str, str] = {}
    found = []
    for command in table:
        for key in command.keys:
            text = QKeySequence(key).toString()
            if text in owner:
                found.append((text, owner[text], command.name))
            owner[text] = command.name
    return found
