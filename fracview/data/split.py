"""A split on file: which films a model may learn from, by name, bytes and near-twin group.

Radiograph data sets such as FracAtlas name no patients, so films that are almost the same picture
share a group, and a group never lies in two parts. The file travels with the weights: whoever
measures a model later knows which films it has seen.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from fracview.errors import InputError
from fracview.files import whole_file
from fracview.fingerprint import file_sha256
from fracview.paths import resource

Part: TypeAlias = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)

FORMAT = "fracview film split"
VERSION = 1
_COLUMNS = ["name", "sha256", "size", "part", "group"]
_REMEDY = "Write it anew with: fracview split FOLDER --out FILE"


@dataclass(frozen=True)
class SplitFilm:
    """One film of a split.

    Parameters
    ----------
    name
        Path below the data set's folder, with ``/``.
    sha256, size
        Of the file's bytes, and how many these are.
    part
        ``"train"``, ``"validation"`` or ``"test"``.
    group
        Number of its near-twin group.
    """

    name: str
    sha256: str
    size: int
    part: Part
    group: int


@dataclass(frozen=True)
class FilmSplit:
    """Films in three parts without a common group.

    Parameters
    ----------
    name
        What cards call it.
    films
        All films, in the order of the file.
    made
        How it was made: seed, shares, rule.
    sha256
        Of the split's own file, line ends aside; empty before it is written.
    """

    name: str
    films: tuple[SplitFilm, ...]
    made: dict[str, Any] = field(default_factory=dict)
    sha256: str = field(default="", compare=False)

    @cached_property
    def _by_sha256(self) -> dict[str, SplitFilm]:
        return {film.sha256: film for film in self.films}

    @cached_property
    def sizes(self) -> frozenset[int]:
        """Sizes of all files: a file of another size need not be hashed to be a stranger."""
        return frozenset(film.size for film in self.films)

    def find(self, name: str) -> SplitFilm | None:
        """Film by its path below the data set, or by its file name where only one is called so."""
        return self._by_name.get(name) or self._by_name.get(name.rsplit("/", 1)[-1])

    def film_of(self, path: Path) -> SplitFilm | None:
        """Film whose bytes a file has, whatever it is called; None also if it cannot be read."""
        try:
            status = path.stat()
            if status.st_size not in self.sizes:
                return None
            digest = _known_sha256(path, status.st_mtime_ns, status.st_size)
        except OSError:
            return None
        return self._by_sha256.get(digest)

    def part(self, part: Part) -> tuple[SplitFilm, ...]:
        """Films of one part."""
        return tuple(film for film in self.films if film.part == part)

    @cached_property
    def _by_name(self) -> dict[str, SplitFilm | None]:
        names: dict[str, SplitFilm | None] = {}
        for film in self.films:
            last = film.name.rsplit("/", 1)[-1]
            names[last] = None if last in names else film
        names.update((film.name, film) for film in self.films)
        return names


def load_split(path: Path) -> FilmSplit:
    """Read a split.

    Raises
    ------
    InputError
        If the file is missing, is no split, or a film or group lies in two parts.
    """
    try:
        content = path.read_bytes()
        table = json.loads(content)
    except OSError as error:
        raise InputError(path, f"the split cannot be read ({error.strerror})", _REMEDY) from None
    except (ValueError, RecursionError) as error:
        raise InputError(path, f"it is no split: no JSON ({error})", _REMEDY) from None
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise InputError(path, f"it is no split: 'format' must be '{FORMAT}'", _REMEDY)
    if table.get("version") != VERSION or table.get("columns") != _COLUMNS:
        raise InputError(path, "this split is of a version that fracview does not know", _REMEDY)
    name, made, rows = table.get("name"), table.get("made"), table.get("films")
    if not (isinstance(name, str) and isinstance(made, dict) and isinstance(rows, list)):
        raise InputError(path, "the split lacks its name, how it was made, or its films", _REMEDY)
    films = tuple(_film(path, row) for row in rows)
    _check_apart(path, films)
    # A checkout on another system may have other line ends; the split is the same.
    digest = hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
    return FilmSplit(name, films, made, digest)


def find_split(spec: str, near: Path | None = None) -> FilmSplit:
    """Read the split that a card names.

    Parameters
    ----------
    spec
        Name of a shipped split, such as ``"fracatlas"``, or a ``.json`` file.
    near
        Folder that a relative file lies in, such as the card's.
    """
    if not spec.endswith(".json"):
        return load_split(resource("splits", f"{spec}.json"))
    return load_split((near or Path()) / Path(spec).expanduser())


def write_split(split: FilmSplit, path: Path) -> FilmSplit:
    """Write a split, one film per line, whole or not at all; return it with its file's hash.

    Raises
    ------
    InputError
        If a film or group lies in two parts, or the file cannot be written.
    """
    _check_apart(path, split.films)
    head = {"format": FORMAT, "version": VERSION, "name": split.name, "made": split.made}
    text = json.dumps({**head, "columns": _COLUMNS}, indent=1, ensure_ascii=False)
    rows = ",\n".join(
        json.dumps([getattr(film, column) for column in _COLUMNS], ensure_ascii=False)
        for film in split.films
    )
    try:
        with whole_file(path) as stream:
            stream.write(f'{text.removesuffix("}").rstrip()},\n "films": [\n{rows}\n]}}\n'.encode())
    except OSError as error:
        raise InputError(path, f"cannot be written ({error.strerror})") from error
    return load_split(path)


@lru_cache(maxsize=1 << 16)
def _known_sha256(path: Path, time: int, size: int) -> str:
    """Hash of a file, once for as long as its time and size stay."""
    return file_sha256(path)


def _film(path: Path, row: Any) -> SplitFilm:
    if (
        isinstance(row, list)
        and len(row) == len(_COLUMNS)
        and all(isinstance(row[place], str) and row[place] for place in (0, 1, 3))
        and len(row[1]) == 64
        and row[3] in PARTS
        and type(row[2]) is type(row[4]) is int
    ):
        return SplitFilm(*row)
    raise InputError(path, f"the split has a line that is no film: {row!r:.80}", _REMEDY)


def _check_apart(path: Path, films: tuple[SplitFilm, ...]) -> None:
    """Refuse a split in which a film stands twice, or a film or a group in two parts."""
    names: set[str] = set()
    parts: dict[str | int, str] = {}
    for film in films:
        if film.name in names:
            raise InputError(path, f"the split names {film.name} twice", _REMEDY)
        names.add(film.name)
        for thing in (film.sha256, film.group):
            if parts.setdefault(thing, film.part) != film.part:
                raise InputError(
                    path, f"the split has {film.name} or its near-twin in two parts", _REMEDY
                )
