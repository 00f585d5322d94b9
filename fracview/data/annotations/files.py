"""Reading annotation files under a cap, and writing them whole or not at all."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from fracview.data.readers.source import check_regular
from fracview.errors import AnnotationError, UnreadableFile
from fracview.files import whole_file

LARGEST = 512 << 20


def read_text(path: Path) -> str:
    """Text of a file in UTF-8 (with or without BOM), UTF-16 with BOM, or else Latin-1.

    Raises
    ------
    AnnotationError
        If the file is gone, empty of permission, no plain file or larger than 512 MB.
    """
    data = read_raw(path, allow_empty=True)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_raw(path: Path, *, allow_empty: bool = False) -> bytes:
    """Bytes of a plain file; raises like :func:`read_text`."""
    try:
        if check_regular(path) > LARGEST:
            raise AnnotationError(path, f"it is larger than {LARGEST >> 20} MB")
        return path.read_bytes()
    except UnreadableFile as error:
        if allow_empty and error.reason == "the file is empty":
            return b""
        raise AnnotationError(path, error.reason.replace("radiograph", "file of boxes")) from None
    except OSError as error:
        raise AnnotationError(path, f"it cannot be read ({error.strerror})") from None


def read_json(path: Path) -> Any:
    """Parse a JSON file; NaN and numbers without end come as floats that are not finite.

    Raises
    ------
    AnnotationError
        If it is no JSON; the message names line and column.
    """
    try:
        status = path.stat()
    except OSError:
        read_raw(path)
        raise
    return _parsed(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1)
def _parsed(path: Path, changed: int, length: int) -> Any:
    """Sniffing parses and reading parses again: remember the last document."""
    data = read_raw(path)
    try:
        return json.loads(data, parse_int=_whole)
    except json.JSONDecodeError as error:
        reason = f"it is no JSON: {error.msg.lower()} in line {error.lineno}, column {error.colno}"
        raise AnnotationError(path, reason) from None
    except UnicodeDecodeError:
        raise AnnotationError(path, "it is no JSON: its text is not in UTF-8") from None
    except RecursionError:
        raise AnnotationError(path, "it is nested too deep") from None


def _whole(digits: str) -> int | float:
    """Python refuses to parse huge integers; here they are merely infinite."""
    return int(digits) if len(digits) < 40 else math.copysign(math.inf, -(digits[0] == "-") or 1)


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write beside and rename, so that nobody ever sees half a file.

    Raises
    ------
    AnnotationError
        If the folder cannot be made or the file not written; the old file stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise AnnotationError(path, f"it cannot be written ({error.strerror})") from None
    return path


def write_json(path: Path, document: Any) -> Path:
    """Write a JSON document as :func:`write_whole` does."""
    return write_whole(path, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))


def is_json(path: Path) -> bool:
    """Whether the name says JSON."""
    return path.suffix.lower() == ".json"


def file_stem(name: str) -> str:
    """Name of an annotation file for a picture: no folders, no suffix, nothing that escapes."""
    stem = Path(name.replace("\\", "/")).stem
    return stem if stem not in ("", ".", "..") else "unnamed"


def image_name(text: object, fallback: str) -> str:
    """Name of a picture as a file says it, ``/`` between folders."""
    name = text.strip().replace("\\", "/") if isinstance(text, str) else ""
    return name or fallback
