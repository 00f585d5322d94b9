"""One family of errors, each a sentence that says what happened, where, and what to do.

::

    FracviewError
    ├── InputError              a file, named: reason and remedy
    │   ├── UnreadableFile      a radiograph that cannot become a picture
    │   ├── AnnotationError     a file of boxes that cannot be understood
    │   ├── CheckpointError     weights that must not or cannot be loaded
    │   ├── CardError           a model card or protocol with a missing or false field
    │   └── ProjectError        a project file that cannot be opened or written
    ├── SettingError            a value out of its range or unparsable
    ├── UnknownName             a name that no registry knows
    ├── DeviceError             a device that is asked for and absent, or out of memory
    ├── ModelError              a network that breaks the contract of a Classifier
    └── NoBoxesError            a measurement against boxes where there are none
"""

from __future__ import annotations

from pathlib import Path


class FracviewError(Exception):
    """Base of all errors that are meant for the person in front of the program."""


class InputError(FracviewError):
    """A file could not be used.

    Parameters
    ----------
    path
        The file. Its name stands in the message; logs must use :attr:`reason` alone.
    reason
        What is wrong, in plain words and without a capital or a full stop.
    remedy
        What the user can do about it; may be empty.
    """

    def __init__(self, path: Path | str, reason: str, remedy: str = "") -> None:
        self.path = Path(path)
        self.reason = reason
        self.remedy = remedy
        sentences = [f"{self.path.name or self.path}: {reason}", remedy]
        super().__init__(" ".join(_ended(sentence) for sentence in sentences if sentence))

    def __reduce__(self) -> tuple[type, tuple[Path, str, str]]:
        return type(self), (self.path, self.reason, self.remedy)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


class UnreadableFile(InputError):
    """A radiograph that is empty, truncated, mislabelled, unsupported or gone."""


class AnnotationError(InputError):
    """A file of boxes that is broken or belongs to other images."""


class CheckpointError(InputError):
    """Weights that hold code, are incomplete, do not fit the architecture or are not finite."""


class CardError(InputError):
    """A model card, protocol or recipe with a missing, unknown or false field."""


class ProjectError(InputError):
    """A project file that is in use, read-only, damaged, of a newer version or on a full disk."""


class SettingError(FracviewError):
    """A value that is out of its range or cannot be parsed."""


class UnknownName(FracviewError):
    """A name that is in no registry.

    Parameters
    ----------
    kind
        What was looked for, such as ``"attack"``.
    name
        The unknown name.
    known
        The names there are.
    """

    def __init__(self, kind: str, name: str, known: tuple[str, ...]) -> None:
        self.kind, self.name, self.known = kind, name, known
        super().__init__(f"no {kind} is called '{name}'. There are: {', '.join(known)}.")

    def __reduce__(self) -> tuple[type, tuple[str, str, tuple[str, ...]]]:
        return type(self), (self.kind, self.name, self.known)


class DeviceError(FracviewError):
    """A device that is asked for and absent, or that has run out of memory."""


class ModelError(FracviewError):
    """A network whose output, classes or numbers break the contract of a Classifier."""


class NoBoxesError(FracviewError):
    """A measurement against boxes was asked for where there are no usable boxes."""
