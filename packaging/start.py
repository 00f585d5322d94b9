"""Entry point of the frozen program."""

from fracview.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())
