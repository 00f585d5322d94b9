"""What is asked: shared frozen records that know neither torch nor files."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeAlias

from fracview.errors import CardError, SettingError, UnknownName
from fracview.files import read_toml
from fracview.paths import resource

Scalar: TypeAlias = bool | int | float | str | None
Norm: TypeAlias = Literal["Linf", "L2"]
Rule: TypeAlias = Literal["exact", "repo"]

FRACTURED = "fractured"
NOT_FRACTURED = "not fractured"
BASELINES = ("black", "mean", "blur", "grey")
"""What "absent" can look like, besides a radiograph of one's own."""
PERCENTS = (5.0, 15.0, 25.0, 50.0, 75.0, 85.0, 95.0)
"""The percentiles of the published tables; protocols carry their own."""
LARGEST_INPUT = 4096
"""Side in pixels above which a network's input is a mistake: no film is larger."""


def parse_epsilon(text: str | float, what: str = "epsilon") -> float:
    """Read a radius such as ``"4/255"`` or ``0.0157``, in pixel units.

    Parameters
    ----------
    text
        A number, or two integers with a slash.
    what
        Name of the value in the message.

    Returns
    -------
    float
        The value, ``0 < value <= 1`` for text such as ``4/255``; no upper limit is set here for L2.

    Raises
    ------
    SettingError
        If it is not a number, not finite, or not positive.
    """
    try:
        value = _ratio(text) if isinstance(text, str) else float(text)
    except (ValueError, ZeroDivisionError, TypeError):
        raise SettingError(f"{what} '{text}' is not a number. Write 4/255 or 0.0157.") from None
    if not math.isfinite(value) or value <= 0:
        raise SettingError(f"{what} must be above 0, not {text}. Write 4/255 or 0.0157.")
    return value


def _ratio(text: str) -> float:
    above, slash, below = text.partition("/")
    return float(Fraction(above.strip()) / Fraction(below.strip())) if slash else float(text)


@dataclass(frozen=True)
class Method:
    """A method by its registry name, with the parameters that differ from its defaults.

    Parameters
    ----------
    name
        A name of ``ATTACKS`` or ``ATTRIBUTIONS``.
    parameters
        Sorted pairs; use :meth:`of` to build them.
    """

    name: str
    parameters: tuple[tuple[str, Scalar], ...] = ()

    @classmethod
    def of(cls, name: str, **parameters: Scalar) -> Method:
        """Build a method from keyword arguments."""
        return cls(name, tuple(sorted(parameters.items())))

    @classmethod
    def of_record(cls, name: str, record: Any) -> Method:
        """Build a method from a dataclass of settings, with all that are one number or word."""
        values = {item.name: getattr(record, item.name) for item in fields(record)}
        plain = bool | int | float | str | None
        return cls.of(name, **{key: v for key, v in values.items() if isinstance(v, plain)})

    def settings(self) -> dict[str, Scalar]:
        """Return the parameters as a dictionary."""
        return dict(self.parameters)


@dataclass(frozen=True)
class ThreatModel:
    """What an adversary may change.

    Parameters
    ----------
    norm
        ``"Linf"`` or ``"L2"``.
    epsilon
        Radius in pixel units (1 is the way from black to white).
    channel_scale
        Factor on epsilon and step for each channel. A radius of eps on tensors normalised with a
        standard deviation s is a radius of eps * s on pixels, so the habit of the published
        notebooks is ``channel_scale=std``. None means 1 everywhere.
    tied
        The same change in all channels, so that the result is still a grey radiograph.
    """

    norm: Norm = "Linf"
    epsilon: float = 4 / 255
    channel_scale: tuple[float, ...] | None = None
    tied: bool = False


@dataclass(frozen=True)
class Protocol:
    """Every choice between a radiograph and a number, field by field.

    Parameters
    ----------
    name, title
        Identity, and what the window calls it.
    orientation
        ``"exif"``: the frame in which boxes are drawn; ``"raw"``: as the bytes lie.
    truncated
        ``"refuse"`` or ``"load"`` truncated files.
    size
        Height and width of the network's input; None leaves it to the model card.
    aspect
        ``"squash"`` to the size, or ``"pad"`` with black.
    resampling
        In ``"float"``, or rounded to ``"8-bit"`` grey levels, as Pillow does with 8-bit images.
    normalisation
        ``"card"``: exactly what the model card says; ``"cifar"``: CIFAR-10 mean and standard
        deviation outside of every net, whatever it does inside.
    attack_space
        ``"pixel"``, or ``"normalised"``: epsilon and step count in units of the standard deviation.
    target
        Which logit is explained: ``"fractured"``, or the ``"predicted"`` class.
    gradient_by
        ``"pixel"``, or ``"normalised"`` input.
    tile
        Side of the square tiles that IG and DeepLIFT see one at a time; None is the whole image.
    ig_steps
        Number of nodes of integrated gradients.
    deeplift
        ``"rescale"`` at every activation; ``"captum"``: the plain gradient at those that captum
        does not list, such as Swish and SiLU.
    baseline
        ``"black"``, ``"mean"``, ``"blur"``, ``"grey"`` (0 in normalised space), or the file of a
        radiograph of one's own.
    reduction
        ``"abs-max"``, ``"sum"`` or ``"signed"`` over channels.
    box_raster
        ``"touch"``: pixels whose centre lies in the box, at least one; ``"int"``: corners cut by
        ``int()``, as in the notebooks.
    rule
        ``"exact"``: exactly K pixels, ties shared; ``"repo"``: all pixels >= the percentile.
    percents
        Top-p percentages that tables show; curves always hold all of 1..100.
    warnings
        Sentences that must stand beside every number of this protocol.
    """

    name: str = "corrected"
    title: str = "Corrected protocol"
    orientation: Literal["exif", "raw"] = "exif"
    truncated: Literal["refuse", "load"] = "refuse"
    size: tuple[int, int] | None = None
    aspect: Literal["squash", "pad"] = "squash"
    resampling: Literal["float", "8-bit"] = "float"
    normalisation: Literal["card", "cifar"] = "card"
    attack_space: Literal["pixel", "normalised"] = "pixel"
    target: Literal["fractured", "predicted"] = "fractured"
    gradient_by: Literal["pixel", "normalised"] = "pixel"
    tile: int | None = None
    ig_steps: int = 50
    deeplift: Literal["rescale", "captum"] = "rescale"
    baseline: str = "black"
    reduction: Literal["abs-max", "sum", "signed"] = "abs-max"
    box_raster: Literal["touch", "int"] = "touch"
    rule: Rule = "exact"
    percents: tuple[float, ...] = PERCENTS
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise SettingError(f"{name} is '{getattr(self, name)}', not {', '.join(allowed)}.")
        if self.baseline not in BASELINES and not Path(self.baseline).suffix:
            raise SettingError(
                f"baseline is '{self.baseline}', not {', '.join(BASELINES)} or a file."
            )
        shares = self.percents if isinstance(self.percents, tuple) else ()
        if not shares or not all(_is_number(share) and 0 < share <= 100 for share in shares):
            raise SettingError(f"percents lie above 0 and up to 100, not {self.percents}.")
        if self.size is not None and not is_input_size(self.size):
            raise SettingError(f"size is two whole numbers from 1 to {LARGEST_INPUT}.")
        if not _is_count(self.ig_steps) or not (self.tile is None or _is_count(self.tile)):
            raise SettingError("ig_steps and tile are whole numbers from 1.")
        texts = self.warnings if isinstance(self.warnings, tuple) else (None,)
        if not all(isinstance(text, str) for text in (self.name, self.title, *texts)):
            raise SettingError("name and title are texts, and warnings is a list of texts.")


_CHOICES: dict[str, tuple[str, ...]] = {
    "orientation": ("exif", "raw"),
    "truncated": ("refuse", "load"),
    "aspect": ("squash", "pad"),
    "resampling": ("float", "8-bit"),
    "normalisation": ("card", "cifar"),
    "attack_space": ("pixel", "normalised"),
    "target": ("fractured", "predicted"),
    "gradient_by": ("pixel", "normalised"),
    "deeplift": ("rescale", "captum"),
    "reduction": ("abs-max", "sum", "signed"),
    "box_raster": ("touch", "int"),
    "rule": ("exact", "repo"),
}


def is_input_size(size: Any) -> bool:
    """Whether this is the height and width of a network's input that a machine can hold."""
    whole = isinstance(size, tuple) and len(size) == 2 and all(map(_is_count, size))
    return whole and max(size) <= LARGEST_INPUT


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def load_protocol(name: str | Path) -> Protocol:
    """Read a protocol from ``resources/protocols`` by name, or from a TOML file.

    Raises
    ------
    CardError
        If the file is missing, or holds a field or value that :class:`Protocol` does not know.
    UnknownName
        If a name without a suffix is none of the shipped ones.
    """
    path = resource("protocols", f"{name}.toml")
    if not path.is_file():
        path = Path(name)
        if not path.suffix:
            raise UnknownName("protocol", str(name), (*protocol_names(), "or a TOML file"))
    table = read_toml(path)
    unknown = set(table) - {field.name for field in fields(Protocol)}
    if unknown:
        raise CardError(path, f"unknown fields {', '.join(sorted(unknown))}")
    for key in ("size", "percents", "warnings"):
        if isinstance(table.get(key), list):
            table[key] = tuple(table[key])
    if table.get("tile") == 0:
        table["tile"] = None
    try:
        return replace(Protocol(), **table)
    except (SettingError, TypeError) as error:
        raise CardError(path, str(error).rstrip(".")) from error


def protocol_names() -> tuple[str, ...]:
    """Names of the shipped protocols, sorted."""
    return tuple(sorted(path.stem for path in resource("protocols").glob("*.toml")))


@dataclass(frozen=True)
class Request:
    """One cell of a comparison: a radiograph, a model, perhaps an attack, perhaps an attribution.

    Boxes are no part of it: drawing a box never recomputes a map.

    Parameters
    ----------
    path
        The radiograph's file.
    digest
        :attr:`fracview.data.radiograph.Radiograph.digest`; tells a changed file from the old one.
    model
        What the user typed for the model: a card's name, a card file, or ``ARCHITECTURE:...``.
    attribution
        None asks for the prediction (and the attack) alone.
    attack
        None means the clean image.
    label
        Name of the true class, which an untargeted attack flees; None: the predicted class.
    protocol
        Settings of the measurement.
    seed
        Root of all randomness.
    """

    path: str
    digest: str
    model: str
    attribution: Method | None = None
    attack: Method | None = None
    label: str | None = None
    protocol: Protocol = Protocol()
    seed: int = 0

    @property
    def condition(self) -> Literal["clean", "attacked"]:
        """``"clean"`` or ``"attacked"``."""
        return "clean" if self.attack is None else "attacked"
