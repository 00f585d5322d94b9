"""What a file that is no radiograph is instead, so that the message can say it."""

from __future__ import annotations

_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"version https://git-lfs", "a git-lfs pointer instead of the file itself"),
    (b"PK\x03\x04", "a ZIP archive (or an Office document)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 codestream"),
    (b"8BPS", "a Photoshop picture"),
    (b"SIMPLE  =", "a FITS picture"),
    (b"%!PS", "a PostScript document"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def describe(head: bytes) -> str:
    """Name the content of a file by its first bytes, such as ``"a PDF document"``."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP picture"
    if head[4:8] == b"ftyp":
        return "a HEIC, AVIF or MP4 file"
    if head[344:347] in (b"n+1", b"ni1"):
        return "a NIfTI volume"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if not head.strip(b"\0"):
        return "nothing but zero bytes"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if text.startswith((b"<?xml", b"<annotation")):
        return "an XML file"
    if text.startswith((b"{", b"[")):
        return "a JSON file"
    if b"\0" not in head and sum(byte < 9 for byte in head) == 0:
        return "a text file"
    return "of an unknown kind"
