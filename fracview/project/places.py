"""Where a project file lies: on a disk of this computer, or behind a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NETWORK = frozenset(
    {"9p", "afpfs", "afs", "ceph", "cifs", "davfs", "fuse.davfs", "fuse.glusterfs", "fuse.rclone",
     "fuse.s3fs", "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3",
     "smbfs", "vboxsf", "virtiofs", "webdav"}
)  # fmt: skip
"""Kinds of file system whose shared memory does not reach all who use them."""


_REMOTE = 4
"""What Windows calls a network drive."""


def is_network(path: Path) -> bool:
    """Whether a path lies on a network drive, where SQLite's write-ahead log does not work.

    What cannot be found out counts as a network: the slower journal is safe everywhere.
    """
    if os.name == "nt":
        return _windows(path)
    try:
        if sys.platform == "darwin":
            listed = subprocess.run(
                ["/sbin/mount"], capture_output=True, text=True, timeout=5, check=True
            ).stdout
            mounts = _mac_mounts(listed)
        else:
            mounts = _linux_mounts(Path("/proc/self/mounts").read_text(errors="surrogateescape"))
    except (OSError, subprocess.SubprocessError):
        return True
    return kind_of_place(path, mounts) in NETWORK


def kind_of_place(path: Path, mounts: list[tuple[str, str]]) -> str:
    """Kind of the file system that a path lies on.

    Parameters
    ----------
    path
        An absolute path.
    mounts
        Mount point and kind, in the order in which they were mounted.
    """
    best, kind = -1, ""
    for point, name in mounts:
        depth = len(Path(point).parts)
        if depth >= best and path.is_relative_to(point):
            best, kind = depth, name
    return kind


def _linux_mounts(table: str) -> list[tuple[str, str]]:
    mounts = []
    for line in table.splitlines():
        words = line.split()
        if len(words) > 2:
            point = words[1]
            for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
                point = point.replace(code, sign)
            mounts.append((point, words[2]))
    return mounts


def _mac_mounts(listed: str) -> list[tuple[str, str]]:
    """Lines such as ``//user@host/share on /Volumes/share (smbfs, nodev)``."""
    mounts = []
    for line in listed.splitlines():
        _, _, rest = line.partition(" on ")
        point, _, options = rest.rpartition(" (")
        if point:
            mounts.append((point, options.rstrip(")").split(",")[0].strip()))
    return mounts


def _windows(path: Path) -> bool:
    import ctypes

    drive = path.drive
    if drive.startswith("\\\\"):
        return True
    kernel: Any = vars(ctypes)["windll"].kernel32
    return bool(kernel.GetDriveTypeW(drive + "\\") == _REMOTE)
