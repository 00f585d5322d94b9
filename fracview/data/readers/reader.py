"""The shape of a reader: how it tells its files, and what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from fracview.data.radiograph import Radiograph

Orientation: TypeAlias = Literal["exif", "raw"]
Truncated: TypeAlias = Literal["refuse", "load"]


class Read(Protocol):
    """Makes a radiograph of a file that was sniffed before."""

    def __call__(
        self, path: Path, orientation: Orientation = "exif", truncated: Truncated = "refuse"
    ) -> Radiograph:
        """Read; see :func:`fracview.data.readers.read_radiograph`."""


class Sniff(Protocol):
    """Tells by a file's first bytes whether it is one's own."""

    def __call__(self, head: bytes) -> bool:
        """Whether ``head``, up to 4096 bytes, starts such a file."""


class Size(Protocol):
    """Reads the size of a picture from its header alone."""

    def __call__(self, path: Path) -> tuple[int, int]:
        """Height and width after the orientation is applied."""


@dataclass(frozen=True)
class Reader:
    """One way to read radiographs, as it stands in :data:`fracview.data.readers.READERS`.

    Parameters
    ----------
    suffixes
        Usual endings of its files, lower case with the dot. They find files in folders; what a
        file is, :attr:`sniff` decides.
    sniff, read, size
        See the protocols above.
    """

    suffixes: frozenset[str]
    sniff: Sniff
    read: Read
    size: Size
