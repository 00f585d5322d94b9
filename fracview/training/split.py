"""Splits that outlive a training: made once from a folder, followed by every later training."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fracview.data.split import PARTS, FilmSplit, SplitFilm
from fracview.errors import InputError
from fracview.fingerprint import file_sha256
from fracview.training.folder import TWINS, folder_pool
from fracview.training.pool import Split, shared_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from fracview.task import Task
    from fracview.training.pool import Pool

SIZE = (192, 192)
"""Films are squashed to it before their thumbnails are compared."""
STRATA = ("body part", "hardware")
"""Columns of a data set that are spread evenly over the parts, beside the label."""
_NAMED = 6


def make_split(
    folder: Path, name: str, *, validation: float = 0.08, test: float = 0.14, seed: int = 0
) -> Task[FilmSplit]:
    """Divide a folder's labelled films once and for all.

    Near-twins (thumbnails of 32 x 32 that correlate above :data:`TWINS`, chains included) and
    films of equal bytes stay together. A group with any fractured film counts as fractured; each
    class, and in it each body part with and without hardware, is shared out alike.

    Parameters
    ----------
    folder
        Data set; see :func:`~fracview.training.folder.folder_pool`.
    name
        What cards will call the split.
    validation, test
        Shares of the films, 0 to 1.
    seed
        Root of the order in which groups are dealt.

    Returns
    -------
    FilmSplit
        Every film that can be read; truncated ones are in no part.
    """
    pool: Pool = yield from folder_pool(folder, SIZE)
    digests = [file_sha256(folder / film) for film in pool.names]
    groups = _joined(pool.groups, digests)
    part = shared_out(groups, pool.fractured, (validation, test), seed, _strata(folder, pool))
    sizes = [(folder / film).stat().st_size for film in pool.names]
    films = (
        SplitFilm(*row) for row in zip(pool.names, digests, sizes, (PARTS[p] for p in part),
                                       groups.tolist(), strict=True)
    )  # fmt: skip
    made: dict[str, Any] = {
        "data": pool.origin,
        "seed": seed,
        "shares": {"validation": validation, "test": test},
        "rule": (
            f"near-twins (r > {TWINS} of 32 x 32 thumbnails) and equal bytes stay together; "
            "a group with any fractured film counts as fractured; dealt within label, "
            f"{' and '.join(STRATA)}"
        ),
        "not_usable": len(pool.left_out),
    }
    return FilmSplit(name, tuple(sorted(films, key=lambda film: film.name)), made)


def follow(split: FilmSplit, pool: Pool, folder: Path) -> Split:
    """Divide a folder's films as a split on file says.

    Parameters
    ----------
    split
        See :func:`~fracview.data.split.load_split`.
    pool
        Films of ``folder``.
    folder
        What the names in ``pool`` are relative to.

    Returns
    -------
    Split
        With the groups of the file. Its ``notes`` say which films the split does not know (they
        are in no part) and how many of its films are not here.

    Raises
    ------
    InputError
        If a film of the split has other bytes here, named; or none of its films is here.
    """
    known = [split.find(name) for name in pool.names]
    if not any(known):
        raise InputError(folder, f"none of its films is in the split '{split.name}'")
    for name, film in zip(pool.names, known, strict=True):
        if film is not None and file_sha256(folder / name) != film.sha256:
            raise InputError(
                folder / name,
                f"its bytes are not those of the film in the split '{split.name}'",
                "Restore the original file, or divide anew with: fracview split",
            )
    where = np.array([-1 if film is None else PARTS.index(film.part) for film in known])
    groups = np.array([-1 if film is None else film.group for film in known])
    regrouped = replace(pool, groups=groups)
    train, validation, test = (
        regrouped.subset(np.flatnonzero(where == number)) for number in range(3)
    )
    notes = _notes(split, pool.names, known)
    return Split(train, validation, test, notes, (split.name, split.sha256))


def _notes(
    split: FilmSplit, names: Sequence[str], known: Sequence[SplitFilm | None]
) -> tuple[str, ...]:
    notes = []
    strangers = [name for name, film in zip(names, known, strict=True) if film is None]
    if strangers:
        more = f" and {len(strangers) - _NAMED} more" if len(strangers) > _NAMED else ""
        notes.append(
            f"{', '.join(strangers[:_NAMED])}{more}: not in the split '{split.name}', left out."
        )
    missing = len(split.films) - sum(film is not None for film in known)
    if missing:
        notes.append(
            f"{missing} of {len(split.films)} films of the split '{split.name}' are not here "
            "or cannot be read."
        )
    return tuple(notes)


def _joined(groups: npt.NDArray[np.int64], digests: Sequence[str]) -> npt.NDArray[np.int64]:
    """Groups in which equal bytes are together, too (black films have no thumbnails to compare)."""
    joined = groups.copy()
    first: dict[str, int] = {}
    for row, digest in enumerate(digests):
        other = first.setdefault(digest, row)
        if joined[other] != joined[row]:
            joined[joined == joined[row]] = joined[other]
    return joined


def _strata(folder: Path, pool: Pool) -> list[str]:
    """What a data set says of each film, as one text per film."""
    from fracview.data.dataset import open_folder

    said: Mapping[str, str] = {
        case.path.relative_to(folder).as_posix(): "; ".join(map(case.flag, STRATA))
        for case in open_folder(folder)
    }
    return [said.get(name, "") for name in pool.names]
