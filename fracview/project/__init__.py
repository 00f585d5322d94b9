"""The project file: films, boxes, readers and the whole history of edits in one SQLite file.

::

    with Project.create("evening.fracview", "R1") as project:
        project.do(AddFilms((read_facts(path),)))
        film = project.film(path)
        project.do(AddBox(film.id, Box(10, 20, 60, 90)))
        project.undo()
"""

from __future__ import annotations

from fracview.project.exports import ExportPlan, export, plan_export
from fracview.project.failures import DamagedProject
from fracview.project.films import read_facts
from fracview.project.gestures import (
    AddBox,
    AddFilms,
    ChangeBox,
    Gesture,
    RemoveBox,
    SetBoxes,
    SetRead,
    TakeOver,
)
from fracview.project.imports import Import, ImportPlan, plan_import
from fracview.project.merging import Merge, MergePlan, plan_merge
from fracview.project.project import Project
from fracview.project.records import Entry, Film, FilmFacts, FilmRead, Findings, KeptBox
from fracview.project.snapshots import restore, snapshots

__all__ = [
    "AddBox",
    "AddFilms",
    "ChangeBox",
    "DamagedProject",
    "Entry",
    "ExportPlan",
    "Film",
    "FilmFacts",
    "FilmRead",
    "Findings",
    "Gesture",
    "Import",
    "ImportPlan",
    "KeptBox",
    "Merge",
    "MergePlan",
    "Project",
    "RemoveBox",
    "SetBoxes",
    "SetRead",
    "TakeOver",
    "export",
    "plan_export",
    "plan_import",
    "plan_merge",
    "read_facts",
    "restore",
    "snapshots",
]
