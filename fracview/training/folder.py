"""Films of a folder or data set, decoded once and kept as bytes in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fracview.errors import FracviewError, InputError
from fracview.fingerprint import fingerprint
from fracview.request import FRACTURED, NOT_FRACTURED
from fracview.task import Progress
from fracview.training.cache import keep, kept
from fracview.training.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from fracview.data.case import Case
    from fracview.task import Task
    from fracview.training.cache import Tables

TWINS = 0.98
"""Correlation of 32 x 32 thumbnails above which two films count as one, as films of one visit."""


def folder_pool(folder: Path, size: tuple[int, int]) -> Task[Pool]:
    """Read the labelled films of a folder.

    Parameters
    ----------
    folder
        A data set that :func:`fracview.data.dataset.open_folder` understands.
    size
        Height and width; films are squashed to it as models see them.

    Returns
    -------
    Pool
        Films that cannot be read are named in ``left_out``.

    Raises
    ------
    InputError
        If no film has a label, one class is missing, or none can be read.
    """
    from fracview.data.dataset import open_folder

    cases = [case for case in open_folder(folder) if case.label in (FRACTURED, NOT_FRACTURED)]
    if not cases:
        raise InputError(
            folder,
            "no film has a label 'fractured' or 'not fractured'",
            "Training needs a data set with labels, such as FracAtlas's dataset.csv",
        )
    for label in (FRACTURED, NOT_FRACTURED):
        if all(case.label != label for case in cases):
            raise InputError(
                folder, f"none of {len(cases)} films is '{label}'", "Training needs both classes"
            )
    return (yield from _pool(folder, cases, size))


def _pool(folder: Path, cases: Sequence[Case], size: tuple[int, int]) -> Task[Pool]:
    identity = fingerprint("folder pool", 2, size, [_stamp(case) for case in cases])
    tables = kept(identity)
    if tables is None:
        tables = yield from _decode(cases, size)
        keep(identity, tables)
    good = tables["row"]
    if not len(good):
        raise InputError(folder, f"none of its {len(cases)} labelled films can be read")
    chosen = [cases[row] for row in good]
    return Pool(
        images=tables["images"],
        fractured=np.array([case.label == FRACTURED for case in chosen]),
        groups=near_twins(tables["images"]),
        boxes=tables["boxes"],
        names=tuple(case.path.relative_to(folder).as_posix() if case.path.is_relative_to(folder)
                    else case.name for case in chosen),
        identity=identity,
        origin=folder.resolve().name,
        left_out=tuple(str(sentence) for sentence in tables["left_out"]),
        outer=tables["outer"],
    )  # fmt: skip


def _stamp(case: Case) -> list[object]:
    try:
        status = case.path.stat()
        size, time = status.st_size, status.st_mtime_ns
    except OSError:
        size = time = 0
    boxes = [list(box.corners) for box in case.boxes]
    return [case.path.as_posix(), size, time, case.label, boxes]


def _decode(cases: Sequence[Case], size: tuple[int, int]) -> Task[Tables]:
    from fracview.data.frame import InputFrame
    from fracview.data.readers import read_radiograph

    images, boxes, outer, rows, left_out = [], [], [], [], []
    for row, case in enumerate(cases):
        try:
            film = read_radiograph(case.path)
        except FracviewError as error:
            left_out.append(str(error))
        else:
            frame = InputFrame(film.height, film.width, *size)
            images.append(np.rint(frame.fit(film.grey()) * 255).astype(np.uint8))
            largest = max(case.boxes, key=lambda box: box.area, default=None)
            corners = (np.nan,) * 4 if largest is None else frame.to_model(largest).corners
            boxes.append(np.array(corners, dtype=np.float32))
            every = np.array([frame.to_model(box).corners for box in case.boxes] or [corners])
            outer.append(np.concatenate([every[:, :2].min(0), every[:, 2:].max(0)]))
            rows.append(row)
        yield Progress(row + 1, len(cases), f"reading {case.name}")
    return {
        "images": np.stack(images) if images else np.zeros((0, *size), np.uint8),
        "boxes": np.stack(boxes) if boxes else np.zeros((0, 4), np.float32),
        "outer": np.array(outer, dtype=np.float32).reshape(-1, 4),
        "row": np.array(rows, dtype=np.int64),
        "left_out": np.array(left_out, dtype=np.str_),
    }


def near_twins(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Number the groups of films whose thumbnails correlate above :data:`TWINS`.

    Parameters
    ----------
    images
        (N, H, W).

    Returns
    -------
    ndarray of int64, (N,)
        The smallest index of each film's group, chains included.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(images)
    thumbs = np.stack([_thumbnail(image) for image in images])
    left, right = [], []
    for first in range(0, count, 512):
        close = thumbs[first : first + 512] @ thumbs.T > TWINS
        rows, columns = np.nonzero(close)
        left.append(rows + first)
        right.append(columns)
    pairs = np.concatenate(left), np.concatenate(right)
    graph = coo_matrix((np.ones(len(pairs[0]), np.bool_), pairs), shape=(count, count))
    _, parts = connected_components(graph, directed=False)
    first_of = np.full(parts.max() + 1, count)
    np.minimum.at(first_of, parts, np.arange(count))
    groups: npt.NDArray[np.int64] = first_of[parts].astype(np.int64)
    return groups


def _thumbnail(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Unit vector of a film's 32 x 32 means, its own mean taken off."""
    from PIL import Image

    small = Image.fromarray(image).resize((32, 32), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float32).ravel()
    centred: npt.NDArray[np.float32] = values - values.mean()
    length = float(np.linalg.norm(centred))
    return centred / np.float32(length) if length > 0 else centred
