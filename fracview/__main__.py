"""No arguments: the window on the demonstration. Otherwise: the command line."""

from __future__ import annotations

import multiprocessing
import sys

from fracview import __version__


def main() -> None:
    """Run fracview and leave with its exit code."""
    multiprocessing.freeze_support()
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        sys.stdout.write(f"fracview {__version__}\n")
        sys.exit(0)
    if not words:
        from fracview.gui.app import run

        sys.exit(run([], demo=True))
    from fracview.cli import app
    from fracview.data import reading

    reading.begin(spares=0, warm=False)
    try:
        app(prog_name="fracview")
    finally:
        reading.end()


if __name__ == "__main__":
    main()
