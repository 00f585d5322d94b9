"""Kill a working reader at random moments, and look what is left.

``python killing.py PROJECT KILLS SEED LONGEST`` prints the toll as JSON. A program of its own, for
it forks: a child that starts in a millisecond is killed more often.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from evening import digest, work

from fracview.project import Project


@dataclass
class Toll:
    """What became of some kills."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    unreadable: int = 0


def kill_often(project: Path, times: int, seed: int, longest: float = 0.4) -> Toll:
    """Kill a process that works on a project, again and again.

    Parameters
    ----------
    project
        With three films.
    times
        Number of kills.
    seed
        Of moments and gestures.
    longest
        Seconds from its first line to the kill.
    """
    chance, toll = random.Random(seed), Toll()
    for number in range(times):
        heard, said = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(heard)
            with os.fdopen(said, "w") as out:
                work(project, seed * 100_000 + number, out)
        os.close(said)
        with os.fdopen(heard) as stream:
            lines = [stream.readline()]
            time.sleep(chance.uniform(0, longest))  # the moment is the point
            os.kill(child, signal.SIGKILL)
            lines += stream.readlines()
        os.waitpid(child, 0)
        whole = [line.split() for line in lines if line.endswith("\n")]
        toll.kills += 1
        toll.acknowledged += len(whole) - 1
        try:
            kept = Project.open(project, "R1")
        except Exception as error:
            print(f"kill {number}: {error}")
            toll.unreadable += 1
            return toll
        with kept:
            seq, wanted = int(whole[-1][1]), whole[-1][2]
            if not _holds(kept, seq, wanted):
                toll.lost += 1
    return toll


def _holds(kept: Project, seq: int, wanted: str) -> bool:
    """Whether the file says what was acknowledged last, or that and one gesture more."""
    last = kept.history(last=1)[0]
    if last.seq == seq:
        return bool(digest(kept) == wanted)
    if last.seq != seq + 1:
        return False
    # One was on the disk and not yet told. Step over it to see what was there before.
    back = kept.redo() if last.step == "undo" else kept.undo()
    if back is None:
        return False
    same = bool(digest(kept) == wanted)
    kept.undo() if last.step == "undo" else kept.redo()
    return same


if __name__ == "__main__":
    where, kills, root, most = sys.argv[1:]
    print(json.dumps(asdict(kill_often(Path(where), int(kills), int(root), float(most)))))
