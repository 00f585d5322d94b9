"""What a file of weights is, told from its first bytes and its table of contents.

Nothing is unpickled here, so a file that cannot be loaded is refused within a moment, whatever
it claims to hold.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from fracview.errors import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path

Format: TypeAlias = Literal["zip", "pickle", "safetensors"]

MAX_TENSORS = 20_000
_MAX_HEADER = 16 * 2**20
"""A table of contents of 20 000 tensors takes 3 MB."""
AGAIN = "Download it again"
PLAIN = (
    "Save net.state_dict() with torch.save where the file comes from, or ask for a safetensors file"
)


def recognise(path: Path) -> Format:
    """Tell the format of a file of weights, and that its table of contents is sound.

    Raises
    ------
    CheckpointError
        If it is missing, empty, a web page, a git-lfs pointer, incomplete, compressed, or holds
        code, too many tensors or something else.
    """
    try:
        if not path.is_file():
            raise CheckpointError(
                path, "there is no such file of weights", "Was it moved or renamed?"
            )
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(1024)
    except OSError as error:
        raise CheckpointError(path, f"cannot be read ({error.strerror})") from error
    _refuse_other(path, head, size)
    if head.startswith(b"PK\x03\x04"):
        _check_zip(path, size)
        return "zip"
    if len(head) > 8 and head[8:9] == b"{":
        _check_safetensors(path, size)
        return "safetensors"
    if head.startswith(b"\x80") and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        _check_pickle(path, head)
        return "pickle"
    raise CheckpointError(path, "not a file of weights", "It must be .pth, .pt or .safetensors")


def _refuse_other(path: Path, head: bytes, size: int) -> None:
    if not size:
        raise CheckpointError(path, "the file is empty", AGAIN)
    start = head.lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        found = re.search(rb"\nsize (\d+)", head)
        whole = f" to {int(found[1]):,} bytes" if found else ""
        raise CheckpointError(
            path, f"a git-lfs pointer{whole}, not the weights", "Run git lfs pull to fetch them"
        )
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<script", b"<!--")):
        raise CheckpointError(
            path,
            "a web page, not weights",
            "The download wanted a click or a log-in; do it in a browser",
        )


def _check_zip(path: Path, size: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename.partition("/")[2]: member for member in members}
            if "constants.pkl" in names:
                raise CheckpointError(path, *holds_code("a TorchScript module"))
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise CheckpointError(path, "compressed inside, which torch.save never does", PLAIN)
            if sum(member.file_size for member in members) > size:
                raise CheckpointError(path, "claims more bytes than the file has", AGAIN)
            if "data.pkl" not in names:
                raise CheckpointError(path, "an archive, but not one of torch.save", PLAIN)
            if sum(name.startswith("data/") for name in names) > MAX_TENSORS:
                raise CheckpointError(path, f"holds more than {MAX_TENSORS} tensors")
            table = names["data.pkl"]
            if table.file_size > _MAX_HEADER:
                raise CheckpointError(path, "its table of contents is too long for weights", PLAIN)
    except zipfile.BadZipFile as error:
        raise CheckpointError(path, "incomplete download or damaged", AGAIN) from error


def _check_pickle(path: Path, head: bytes) -> None:
    """Legacy files of torch.save begin with a number of ten bytes; other pickles are code."""
    if b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." in head:
        return
    raise CheckpointError(path, *holds_code("a pickle"))


def _check_safetensors(path: Path, size: int) -> None:
    with path.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > _MAX_HEADER:
            raise CheckpointError(path, f"holds more than {MAX_TENSORS} tensors, or is damaged")
        if length + 8 > size:
            raise _incomplete(path, size, length + 8)
        text = stream.read(length)
    try:
        table: Any = json.loads(text)
        entries = [entry for name, entry in table.items() if name != "__metadata__"]
        end = max((int(entry["data_offsets"][1]) for entry in entries), default=0)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise CheckpointError(path, "its table of contents is damaged", AGAIN) from error
    if len(entries) > MAX_TENSORS:
        raise CheckpointError(path, f"holds more than {MAX_TENSORS} tensors")
    if size < 8 + length + end:
        raise _incomplete(path, size, 8 + length + end)


def _incomplete(path: Path, size: int, whole: int) -> CheckpointError:
    return CheckpointError(path, f"incomplete download ({size:,} of {whole:,} bytes)", AGAIN)


def holds_code(what: str) -> tuple[str, str]:
    """Reason and remedy for a file that names more than tensors and numbers."""
    return f"holds code or a whole module ({what}); only plain weights are read", PLAIN
