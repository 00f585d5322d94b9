"""What a person sets once: one frozen record and one TOML file."""

from __future__ import annotations

import os
import tomllib
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import tomli_w

from fracview.errors import InputError, SettingError
from fracview.files import whole_file
from fracview.paths import config_dir

if TYPE_CHECKING:
    from pathlib import Path

Theme: TypeAlias = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Settings:
    """Preferences of the window; nothing here changes a number.

    Parameters
    ----------
    theme
        ``"system"`` follows the desktop, ``"light"`` and ``"dark"`` do not.
    device
        Name of a device such as ``"cpu"`` or ``"cuda"``; empty: the best there is.
    predict
        Predict as soon as a film is shown.
    follow
        Keep attack and heatmaps wished for when the film changes.
    opacity
        Of heatmaps at the start, 0 to 1.
    percent
        The p of the top-p % outline at the start, 1 to 100.
    memory
        Mebibytes of results that are kept.
    disk
        Mebibytes of results that are kept from start to start; 0 for none.
    films
        Number of films that are kept ready.
    tour
        Whether the next start of the demonstration begins with the tour.
    """

    theme: Theme = field(
        default="system",
        metadata={"label": "Appearance", "choices": ("system", "light", "dark")},
    )
    device: str = field(
        default="",
        metadata={
            "label": "Device",
            "help": "cpu, cuda or mps. Empty: the best there is.",
        },
    )
    predict: bool = field(
        default=True,
        metadata={"label": "Predict at once", "help": "Predict as soon as a film is shown."},
    )
    follow: bool = field(
        default=True,
        metadata={
            "label": "Keep attack and heatmaps on",
            "help": "When the film changes, compute for the next one what was asked for here.",
        },
    )
    opacity: float = field(
        default=0.7,
        metadata={"label": "Heatmap opacity", "low": 0.0, "high": 1.0, "help": "At the start."},
    )
    percent: float = field(
        default=5.0,
        metadata={
            "label": "Outline the top",
            "unit": "%",
            "low": 1.0,
            "high": 100.0,
            "help": "Share of the heatmap that is outlined at the start.",
        },
    )
    memory: int = field(
        default=1024,
        metadata={
            "label": "Memory for results",
            "unit": "MiB",
            "low": 128,
            "high": 65536,
            "help": "Older results leave when it is full. Counts from the next start.",
        },
    )
    disk: int = field(
        default=2048,
        metadata={
            "label": "Disk for results",
            "unit": "MiB",
            "low": 0,
            "high": 1048576,
            "help": "Answers, maps and films as models see them, without names, kept from start to "
            "start. 0: none. Counts from the next start.",
        },
    )
    films: int = field(
        default=8,
        metadata={
            "label": "Films kept ready",
            "low": 3,
            "high": 64,
            "help": "Counts from the next start.",
        },
    )
    tour: bool = field(
        default=True,
        metadata={
            "label": "Begin with the tour",
            "help": "Show the three steps of the tour at the next start of the demonstration.",
        },
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            check(item.metadata, getattr(self, item.name), type(item.default))


def check(metadata: Any, value: Any, kind: type) -> None:
    """Refuse a value of the wrong type, outside of its range or not among its choices.

    Raises
    ------
    SettingError
        With the label and what is allowed.
    """
    label = metadata.get("label", "a setting")
    number = kind is float and type(value) is int
    if type(value) is not kind and not number:
        raise SettingError(f"{label} must be of type {kind.__name__}, not {value!r}.")
    choices = metadata.get("choices")
    if choices and value not in choices:
        raise SettingError(f"{label} must be one of {', '.join(map(str, choices))}, not {value!r}.")
    low, high = metadata.get("low"), metadata.get("high")
    if (low is not None and value < low) or (high is not None and value > high):
        raise SettingError(f"{label} must be between {low} and {high}, not {value}.")


def settings_file() -> Path:
    """Where settings are kept."""
    return config_dir() / "settings.toml"


def load_settings(path: Path | None = None) -> tuple[Settings, str]:
    """Read settings; what cannot be used is replaced by defaults and said.

    A file that is no TOML is moved aside, never written over. Unknown fields, as a newer version
    might write, are passed over.

    Returns
    -------
    Settings
    str
        A sentence if something was wrong, else "".
    """
    path = path or settings_file()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings(), ""
    except OSError as error:
        return Settings(), f"{path.name} cannot be read ({error.strerror}); defaults are used."
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        aside = path.with_suffix(".damaged.toml")
        os.replace(path, aside)
        return Settings(), f"{path.name} was damaged; it lies beside as {aside.name}."
    settings, wrong = Settings(), []
    for item in fields(Settings):
        if item.name in table:
            try:
                settings = replace(settings, **{item.name: table[item.name]})
            except SettingError as error:
                wrong.append(str(error))
    return settings, " ".join(wrong)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write settings, whole or not at all.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    path = path or settings_file()
    try:
        with whole_file(path, private=True) as stream:
            tomli_w.dump(asdict(settings), stream)
    except OSError as error:
        raise InputError(path, f"settings could not be saved ({error.strerror})") from error
