"""Boxes of a project into files for other programs; the project stays as it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fracview.data.annotations import ANNOTATIONS, Labelled, write_boxes
from fracview.data.annotations.checks import details_of
from fracview.errors import AnnotationError

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.data.annotations.records import Format
    from fracview.project.contents import Contents


@dataclass(frozen=True)
class ExportPlan:
    """What an export would write; nothing is written yet.

    Parameters
    ----------
    to
        Name of the format.
    films
        All films of the project, with the boxes of one reader.
    problems
        Sentences on what the format cannot hold.
    """

    to: str
    films: tuple[Labelled, ...]
    problems: tuple[str, ...] = ()

    @property
    def boxes(self) -> int:
        """Number of boxes."""
        return sum(len(film.boxes) for film in self.films)


def plan_export(project: Contents, to: str, reader: str | None = None) -> ExportPlan:
    """Gather what would be written.

    Parameters
    ----------
    project
        An open project.
    to
        A name of :data:`fracview.data.annotations.ANNOTATIONS`.
    reader
        Whose boxes; of the one who reads if None.

    Raises
    ------
    UnknownName
        If there is no such format.
    """
    form: Format = ANNOTATIONS.load(to)
    films = project.films()
    names = Counter(film.facts.path.name for film in films)
    labelled = []
    for film in films:
        short = film.facts.path.name
        labelled.append(
            Labelled(
                short if names[short] == 1 else film.name,
                tuple(kept.box for kept in project.boxes(film.id, reader)),
                (film.facts.height, film.facts.width),
            )
        )
    boxes = [box for film in labelled for box in film.boxes]
    problems = []
    if to == "voc" and any(not edge.is_integer() for box in boxes for edge in box.corners):
        problems.append("VOC counts whole pixels: edges are rounded by up to half a pixel.")
    lost = 0 if form.keeps_details else sum(bool(details_of(box)) for box in boxes)
    if lost:
        problems.append(f"{to} has no place for certainty, kind, note and lock of {lost} boxes.")
    return ExportPlan(to, tuple(labelled), tuple(problems))


def export(plan: ExportPlan, target: Path, *, replace: bool = False) -> tuple[Path, ...]:
    """Write the files of a plan, each whole or not at all.

    Parameters
    ----------
    plan
        From :func:`plan_export`.
    target
        Folder, or file where the format holds everything in one.
    replace
        Write over what is there.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    AnnotationError
        If something is there already, or cannot be written.
    """
    taken = target.is_file() or (target.is_dir() and any(target.iterdir()))
    if taken and not replace:
        what = "there is such a file" if target.is_file() else "the folder is not empty"
        raise AnnotationError(target, what, "Choose another, or ask to replace it")
    return tuple(write_boxes(plan.films, target, plan.to))
