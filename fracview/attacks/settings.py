"""Fields that every attack has, with what a form and a check need to know of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from fracview.errors import SettingError
from fracview.registry import check_settings
from fracview.request import Norm, ThreatModel, parse_epsilon

GREY = "grey levels of 255"


@dataclass(frozen=True, kw_only=True)
class BallSettings:
    """The ball of an attack and its seed.

    Parameters
    ----------
    norm
        ``"Linf"`` or ``"L2"``.
    epsilon
        Radius in pixel units: 1 is the way from black to white.
    targeted
        Seek the label instead of fleeing it.
    tied
        The same change in all channels.
    channel_scale
        See :class:`~fracview.request.ThreatModel`.
    seed
        Root of all randomness.
    """

    norm: Norm = field(
        default="Linf",
        metadata={"label": "Norm", "choices": ("Linf", "L2"), "help": "How change is measured."},
    )
    epsilon: float = field(
        default=4 / 255,
        metadata={
            "label": "Epsilon", "unit": GREY, "low": 0.0, "high": 1000.0,
            "help": "The largest change the attack may make.",
        },
    )  # fmt: skip
    targeted: bool = field(
        default=False,
        metadata={"label": "Targeted", "help": "Seek the label instead of fleeing it."},
    )
    tied: bool = field(
        default=False,
        metadata={
            "label": "Keep grey",
            "help": "Change all channels alike, so that the result is still a radiograph.",
        },
    )
    channel_scale: tuple[float, ...] | None = field(default=None, metadata={"form": False})
    seed: int = field(default=0, metadata={"label": "Seed", "low": 0, "high": 2**31 - 1})

    def __post_init__(self) -> None:
        parse_epsilon(self.epsilon)
        check_settings(self)
        if self.norm == "Linf" and self.channel_scale is None and self.epsilon > 1:
            raise SettingError(
                f"Epsilon is at most 1, the way from black to white, not {self.epsilon:g}. "
                f"Write {self.epsilon:g}/255 for grey levels."
            )
        scale = self.channel_scale
        if scale is not None and not (
            isinstance(scale, tuple) and all(isinstance(s, int | float) for s in scale)
        ):
            raise SettingError(f"Channel scale must be numbers, one per channel, not {scale!r}.")

    @property
    def threat(self) -> ThreatModel:
        """The ball."""
        return ThreatModel(self.norm, self.epsilon, self.channel_scale, self.tied)
