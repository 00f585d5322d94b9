"""From a Method, a classifier and a protocol to an attack that can be called."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from fracview.attacks import ATTACKS
from fracview.request import parse_epsilon

if TYPE_CHECKING:
    from fracview.attacks.base import Attack
    from fracview.models.classifier import Classifier
    from fracview.request import Method, Protocol

_LENGTHS = {"epsilon": "epsilon", "step_size": "step size"}


def build_attack(
    method: Method,
    classifier: Classifier | None = None,
    protocol: Protocol | None = None,
    seed: int = 0,
) -> Attack:
    """Build an attack from the registry.

    Parameters
    ----------
    method
        Name and settings; ``epsilon`` and ``step_size`` may be text such as ``"4/255"``.
    classifier
        Gives the channel scale where the protocol attacks in normalised space.
    protocol
        ``attack_space`` is read; None means pixel units.
    seed
        Used unless the method names one.

    Raises
    ------
    UnknownName
        If there is no such attack.
    SettingError
        If the attack has no such setting, or a value is out of range.
    """
    settings: dict[str, Any] = dict(method.settings())
    for name, label in _LENGTHS.items():
        if name in settings:
            settings[name] = parse_epsilon(settings[name], label)
    known = {item.name for item in fields(ATTACKS.load(method.name)) if item.init}
    if "seed" in known:
        settings.setdefault("seed", seed)
    if protocol is not None and protocol.attack_space == "normalised" and classifier is not None:
        if "channel_scale" in known:
            settings.setdefault("channel_scale", classifier.scale)
    attack: Attack = ATTACKS.build(method.name, settings)
    return attack
