"""500 kills of a working reader: ``python tests/soak/project_kill.py [KILLS] [SEED]``.

A child works on a project and says what was acknowledged; it is killed (SIGKILL) 0 to 400 ms after
its first line; then everything acknowledged must be there and every check must pass. Prints the
toll; exit code 1 if anything was lost. Killing does not test power loss: the page cache survives.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "project"))

from killing import kill_often

from fracview.project import AddFilms, Project, read_facts


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "evening.fracview")
        with Project.create(path, "R1") as project:
            facts = []
            for number in range(3):
                film = Path(folder, f"film{number}.png")
                Image.fromarray(np.full((60, 48), number, np.uint8)).save(film)
                facts.append(read_facts(film))
            project.do(AddFilms(tuple(facts)))
        toll = kill_often(path, times, seed)
        with Project.open(path, "R1") as project:
            found = project.check()
    print(f"{toll}; at the end {found.boxes} boxes, {found.gestures} gestures, "
          f"faults {found.faults}; {time.monotonic() - start:.0f} s")  # fmt: skip
    return int(bool(toll.lost or toll.unreadable or found.faults))


if __name__ == "__main__":
    sys.exit(main())
