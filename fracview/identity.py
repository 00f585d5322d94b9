"""Which model a name means now: by the stamps of its files, and by what is in them.

Stamps are cheap enough to be asked for with every key; contents are read only where a stamp is
new. So weights that are replaced on disk are another model at once, under the same name.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from fracview.errors import FracviewError
from fracview.fingerprint import file_sha256, fingerprint
from fracview.models.card import ModelCard, read_card
from fracview.models.shelf import find_card, read_shelf
from fracview.paths import model_dir, resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Mark: TypeAlias = tuple[int, ...]

YOUNG = 2.0
"""Seconds within which a file may change twice and bear the same time; its hash is not trusted."""
CODE = (
    "attacks", "attribution", "data", "explanation.py", "models", "pipeline.py", "request.py",
    "studies/smallest.py", "telling.py",
)  # fmt: skip
"""Parts of the program that decide about numbers."""

_stamps: dict[tuple[str, str], tuple[tuple[Path, ...], tuple[Mark, ...], str]] = {}
_hashes: dict[tuple[Path, Mark], str] = {}


def model_stamp(spec: str) -> str:
    """Short text that changes whenever a file of the model changes; "" if it has no files.

    Parameters
    ----------
    spec
        As for :func:`fracview.models.shelf.find_card`. No error is raised for what is missing.
    """
    name = (os.environ.get("FRACVIEW_HOME", ""), spec)
    if name in _stamps:
        paths, marks, known = _stamps[name]
        if tuple(map(_mark, paths)) == marks:
            return known
    own, watched = _files(spec)
    paths = own or watched
    marks = tuple(map(_mark, paths))
    stamp = fingerprint([list(mark) for mark in marks])[:16] if own else ""
    _stamps[name] = (paths, marks, stamp)
    return stamp


def model_card(spec: str) -> ModelCard:
    """Card of a model with the sha256 of the weights that lie there now, as a loaded one has it.

    Raises
    ------
    FracviewError
        If there is no such model, or its weights cannot be read.
    """
    card = find_card(spec)
    file = card.weights_path()
    if file is None:
        return card
    try:
        return replace(card, weights=replace(card.weights, sha256=_sha256(file)))
    except OSError as error:
        raise FracviewError(f"{file.name} cannot be read ({error.strerror}).") from error


@lru_cache(maxsize=1)
def program_stamp() -> str:
    """Fingerprint of whatever decides about numbers besides a request and a model.

    Versions of fracview and of what it computes with, and its code, where that lies in files: two
    checkouts of one version are two programs.
    """
    root = Path(__file__).parent
    rooms = [sorted((root / name).rglob("*.py")) or [root / name] for name in CODE]
    texts = [file_sha256(path) for room in rooms for path in room if path.is_file()]
    packages = [_version(name) for name in ("fracview", "torch", "numpy", "scipy", "pillow")]
    return fingerprint(packages, texts)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _files(spec: str) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Files of a model; and, if there are none yet, the folders in which they may appear.

    Unlike :func:`find_card` this never imports an architecture, and with it torch.
    """
    folders = (resource("models"), model_dir())
    for card in chain(_shipped(spec), _others()):
        if card.name == spec:
            return _of_card(card), folders
    if spec.lower().endswith(".toml"):
        path = Path(spec).expanduser()
        try:
            return _of_card(read_card(path)), folders
        except FracviewError:
            return (), (*folders, path)
    _, _, weights = spec.partition(":")
    if weights and not weights.startswith("seed="):
        return (Path(weights).expanduser().absolute(),), folders
    return (), folders


def _others() -> Iterator[ModelCard]:
    yield from read_shelf().cards


def _shipped(spec: str) -> Iterator[ModelCard]:
    """The shipped card of that name, without a look at all the others."""
    path = resource("models", f"{spec}.toml")
    if spec.isprintable() and path.parent == resource("models") and path.is_file():
        with suppress(FracviewError):
            yield read_card(path)


def _of_card(card: ModelCard) -> tuple[Path, ...]:
    return _present((card.path, card.weights_path()))


def _present(paths: Iterable[Path | None]) -> tuple[Path, ...]:
    return tuple(path for path in paths if path is not None)


def _mark(path: Path) -> Mark:
    try:
        stat = os.stat(path)
    except OSError:
        return ()
    # The time of the inode's change cannot be set back, as that of the contents can.
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


def _sha256(path: Path) -> str:
    mark = _mark(path)
    known = _hashes.get((path, mark))
    if known is not None:
        return known
    digest = file_sha256(path)
    if mark and mark == _mark(path) and time.time() - max(mark[:2]) / 1e9 > YOUNG:
        _hashes[(path, mark)] = digest
    return digest
