"""Every write and every sync fails once: ``python tests/soak/project_faults.py``.

A library of thirty lines, put before the C library (Linux, needs ``cc``), lets the n-th write,
truncation, sync or renaming fail, for n = 1, 2, ... until the deed needs no more calls. After each
failure the project in the process must say what it said before and take the same deed again; and,
in a second run, a process that ends there and then must leave a sound file with everything that
was acknowledged. Exit code 1 if anything is otherwise. Parts can be named: local, network, crash.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/types.h>
#include <unistd.h>
static int left = 0, number = 0, fired = 0, forever = 0;
void fault_arm(int n, int code, int all) { left = n; number = code; forever = all; fired = 0; }
int fault_fired(void) { return fired; }
static int due(void) {
  if (!left) return 0;
  if (left > 1) { left--; return 0; }
  if (!forever) left = 0;
  fired++; errno = number; return 1;
}
#define REAL(name) ((__typeof__(name) *) dlsym(RTLD_NEXT, #name))
typedef const void *Bytes;
ssize_t write(int f, Bytes b, size_t n) {
  return f > 2 && due() ? -1 : REAL(write)(f, b, n);
}
ssize_t pwrite(int f, Bytes b, size_t n, off_t o) {
  return due() ? -1 : REAL(pwrite)(f, b, n, o);
}
ssize_t pwrite64(int f, Bytes b, size_t n, off64_t o) {
  return due() ? -1 : REAL(pwrite64)(f, b, n, o);
}
int fsync(int f) { return due() ? -1 : REAL(fsync)(f); }
int fdatasync(int f) { return due() ? -1 : REAL(fdatasync)(f); }
int ftruncate(int f, off_t n) { return due() ? -1 : REAL(ftruncate)(f, n); }
int ftruncate64(int f, off64_t n) { return due() ? -1 : REAL(ftruncate64)(f, n); }
int rename(const char *a, const char *b) {
  static int (*real)(const char *, const char *);
  if (!real) real = (int (*)(const char *, const char *)) dlsym(RTLD_NEXT, "rename");
  return due() ? -1 : real(a, b);
}
"""
CODES = (5, 28)  # EIO, ENOSPC
MOST = 400
PARTS = ["local", "network", "crash"]


def empty(folder: Path) -> None:
    """Remove all that lies in a folder."""
    shutil.rmtree(folder)
    folder.mkdir()


def inside() -> int:
    """The run itself, under the library."""
    from fracview.data.boxes import Box
    from fracview.errors import FracviewError
    from fracview.project import AddBox, Project, opening
    from fracview.project.rows import find
    from fracview.project.schema import KEYS

    library = ctypes.CDLL(None)
    folder = Path(tempfile.mkdtemp())
    count = 0

    def fresh() -> Path:
        nonlocal count
        count += 1
        return folder / f"p{count}.fracview"

    def state(project: Project) -> object:
        return [find(project._connection, table) for table in KEYS], project.history()

    def add(project: Project) -> None:
        x = float(len(project.history()) % 30)
        project.do(AddBox(1, Box(x, 1, x + 5, 9, note="z" * 6000)))

    def ready(path: Path, small_log: bool) -> Project:
        from fracview.project import AddFilms, FilmFacts

        project = Project.create(path, "R1")
        if small_log:  # every commit copies the log into the file
            project._connection.execute("PRAGMA wal_autocheckpoint = 1")
        project.do(AddFilms((FilmFacts(folder / "a.png", "0" * 64, 1, 1, 60, 48),)))
        for _ in range(4):
            add(project)
        project.undo()
        return project

    deeds: dict[str, Callable[[Project], object]] = {
        "do": add,
        "undo": lambda project: project.undo(),
        "redo": lambda project: project.redo(),
        "go_to": lambda project: project.go_to(0),
        "spend": lambda project: project.spend(1, 2.5),
        "snapshot": lambda project: project.snapshot(),
        "close": lambda project: project.close(),
    }
    toll: Counter[str] = Counter()

    def fail(sentence: str) -> None:
        toll["WRONG"] += 1
        print("WRONG:", sentence)

    parts = [word for word in sys.argv if word in PARTS] or PARTS
    for network in [part == "network" for part in parts if part != "crash"]:
        opening.is_network = lambda path, network=network: network
        for name, deed in deeds.items():
            for code in CODES:
                for forever in (0, 1):
                    for small_log in (False, True):
                        for n in range(1, MOST):
                            where = f"{name} n={n} code={code} {forever=} {small_log=} {network=}"
                            path = fresh()
                            project = ready(path, small_log)
                            before = state(project)
                            library.fault_arm(n, code, forever)
                            try:
                                deed(project)
                                raised = False
                            except FracviewError:
                                raised = True
                            except Exception as error:
                                raised = True
                                fail(f"{where}: {type(error).__name__}: {error}")
                            fired = library.fault_fired()
                            library.fault_arm(0, 0, 0)
                            toll["runs"] += 1
                            if name == "close":
                                pass
                            elif raised:
                                toll["failed, said so"] += 1
                                if state(project) != before:
                                    fail(f"{where}: the state is not what it was")
                                if project.check().faults:
                                    fail(f"{where}: {project.check().faults}")
                                try:
                                    deed(project)
                                except FracviewError as error:
                                    fail(f"{where}: not taken again: {error}")
                            after = before if name == "close" else state(project)
                            project.close()
                            with Project.open(path, "R1") as again:
                                if state(again) != after:
                                    fail(f"{where}: another state after opening")
                            empty(folder)
                            if not fired:
                                break
        print("network" if network else "local", dict(toll), flush=True)

    wrong = toll["WRONG"]
    toll.clear()
    for name in (
        ("do", "undo", "close") if "crash" in parts else ()
    ):  # and the process ends where the fault was
        for code in CODES:
            for small_log in (False, True):
                for n in range(1, MOST):
                    path = fresh()
                    heard, said = os.pipe()
                    child = os.fork()
                    if child == 0:
                        project = ready(path, small_log)
                        os.write(said, repr(state(project)).encode())
                        library.fault_arm(n, code, 1)
                        try:
                            deeds[name](project)
                        except FracviewError:
                            os._exit(7 if library.fault_fired() else 8)
                        os._exit(6 if library.fault_fired() else 5)
                    os.close(said)
                    with os.fdopen(heard, "rb") as stream:
                        before_text = stream.read().decode()
                    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                    where = f"crash in {name} n={n} code={code} {small_log=} exit {ended}"
                    toll["crashes"] += 1
                    try:
                        with Project.open(path, "R1") as again:
                            same = repr(state(again)) == before_text
                            length = len(again.history())
                    except FracviewError as error:
                        fail(f"{where}: {error}")
                        continue
                    if name == "close" and not same:
                        fail(f"{where}: something was lost")
                    if name != "close" and ended in (5, 6) and same:
                        fail(f"{where}: what was acknowledged is not there")
                    if not same and length != before_text.count("Entry(") + 1:
                        fail(f"{where}: more than one gesture differs")
                    empty(folder)
                    if ended in (5, 8):
                        break
    print("ended there", dict(toll), flush=True)
    return int(bool(wrong or toll["WRONG"]))


def main() -> int:
    if "--inside" in sys.argv:
        sys.path.insert(0, str(ROOT))
        return inside()
    # Syncs are counted, not waited for: memory will do.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        source, library = Path(folder, "faults.c"), Path(folder, "faults.so")
        source.write_text(SHIM)
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True
        )
        environment = {**os.environ, "LD_PRELOAD": str(library), "TMPDIR": folder}
        return subprocess.run(
            [sys.executable, __file__, "--inside", *sys.argv[1:]], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
