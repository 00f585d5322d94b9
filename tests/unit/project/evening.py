"""A reader who works until killed, and says what was acknowledged."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import TextIO

from fracview.data.boxes import Box
from fracview.project import AddBox, ChangeBox, Project, RemoveBox


def digest(project: Project) -> str:
    """What all boxes say."""
    said = repr([(box.id, box.box) for film in (1, 2, 3) for box in project.all_boxes(film)])
    return hashlib.sha256(said.encode()).hexdigest()


def gesture(project: Project, chance: random.Random) -> None:
    """One thing that a reader does."""
    ids = [box.id for film in (1, 2, 3) for box in project.all_boxes(film)]
    x, y = chance.uniform(0, 30), chance.uniform(0, 30)
    box = Box(x, y, x + 5, y + 7, note="x" * chance.randrange(200))
    what = chance.random()
    if what < 0.1:
        project.undo()
    elif what < 0.15:
        project.redo()
    elif what < 0.3 and ids:
        project.do(ChangeBox(chance.choice(ids), box))
    elif what < 0.35 and ids:
        project.do(RemoveBox(chance.choice(ids)))
    else:
        project.do(AddBox(chance.randint(1, 3), box))


def work(path: Path, seed: int, out: TextIO) -> None:
    """Do gestures at random for ever; after each, say the digest of all boxes from then on."""
    chance = random.Random(seed)
    with Project.open(path, "R1") as project:
        print("ready", project.history(last=1)[0].seq, digest(project), file=out, flush=True)
        while True:
            gesture(project, chance)
            print("saved", project.history(last=1)[0].seq, digest(project), file=out, flush=True)
