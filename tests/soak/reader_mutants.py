"""Thousands of damaged files: each ends in a picture or a sentence, and the program lives on.

Run: ``python -m tests.soak.reader_mutants [COUNT] [SEED] [FOLDER ...]``. Folders are searched for
more sound files to damage. Told are the outcomes, the slowest file, the largest reader and the
deaths of readers. Exit code 1 if a file ended in anything else.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fracview.data import reading
from fracview.data.readers import read_radiograph
from fracview.data.reading import caps
from fracview.errors import UnreadableFile
from tests.soak.material import dicoms, mutant, rasters

LARGEST = 4 << 20
"""Bytes of a sound file above which it is left out: damage to many small ones tells more."""
KINDS = (".dcm", ".jpg", ".jpeg", ".png", ".tif")


@dataclass
class Outcome:
    """What became of the files."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    largest: int = 0
    deaths: int = 0


def run(count: int, seed: int, folders: list[Path]) -> Outcome:
    """Damage, read and count ``count`` files."""
    outcome = Outcome()
    listener = _Deaths(outcome)
    logging.getLogger("fracview.data.reading").addHandler(listener)
    done = threading.Event()
    reading.begin(spares=1)
    watch = threading.Thread(target=_watch, args=(outcome, done))
    watch.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            _read_all(count, seed, folders, Path(name), outcome)
    finally:
        done.set()
        watch.join()
        reading.end()
        logging.getLogger("fracview.data.reading").removeHandler(listener)
    return outcome


def _read_all(count: int, seed: int, folders: list[Path], place: Path, outcome: Outcome) -> None:
    sources = [*dicoms(place), *rasters(place)]
    for folder in folders:
        found = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in KINDS]
        sources += found[:: max(1, len(found) // 40)]
    sources = [path for path in sources if path.stat().st_size <= LARGEST]
    sound = [(path.name, path.read_bytes()) for path in sources]
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        name, data = sound[number % len(sound)]
        path = place / f"mutant-{number}{Path(name).suffix}"
        path.write_bytes(mutant(data, rng) or b"\0")
        began = time.monotonic()
        end = _end(path, outcome, f"{seed}/{number} of {name}")
        took = time.monotonic() - began
        outcome.slowest = max(outcome.slowest, (took, f"{seed}/{number} of {name}"))
        outcome.ends[end] += 1
        path.unlink()


def _end(path: Path, outcome: Outcome, label: str) -> str:
    try:
        film = read_radiograph(path, truncated="load")
    except UnreadableFile as error:
        sentence = str(error)
        if "\n" in sentence or not sentence.startswith(path.name) or len(sentence) > 400:
            outcome.wrong.append(f"{label}: {sentence}")
        for word in ("crashes", "longer than", "more than", "impossible", "does not start"):
            if word in error.reason:
                return f"refused: {word}"
        return "refused"
    except Exception as error:
        outcome.wrong.append(f"{label}: {type(error).__name__}: {error}")
        return "wrong"
    if not np.isfinite(film.grey()).all():
        outcome.wrong.append(f"{label}: not finite")
    return "picture"


def _watch(outcome: Outcome, done: threading.Event) -> None:
    """Note the largest resident size of any reader, in bytes."""
    while not done.wait(0.02):
        room = reading.current()
        for pid in room.pids if room is not None else ():
            try:
                text = Path(f"/proc/{pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            for line in text.splitlines():
                if line.startswith("VmHWM"):
                    outcome.largest = max(outcome.largest, int(line.split()[1]) << 10)


class _Deaths(logging.Handler):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(logging.INFO)
        self.outcome = outcome

    def emit(self, record: logging.LogRecord) -> None:
        self.outcome.deaths += 1


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began = time.monotonic()
    outcome = run(count, seed, [Path(word) for word in sys.argv[3:]])
    print(f"{count} mutants, seed {seed}, {time.monotonic() - began:.0f} s, parent alive")
    for end, number in outcome.ends.most_common():
        print(f"  {end:28} {number}")
    print(f"slowest {outcome.slowest[0]:.2f} s ({outcome.slowest[1]}); limit {caps.SECONDS:g} s")
    print(f"largest reader {outcome.largest >> 20} MB resident; readers lost {outcome.deaths}")
    for line in outcome.wrong:
        print(f"WRONG {line}")
    raise SystemExit(bool(outcome.wrong))


if __name__ == "__main__":
    main()
