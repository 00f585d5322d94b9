"""What the box-occlusion test of one image allows to say, in plain words and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fracview.evidence.occlusion_test import BoxOcclusion

NO_PROOF = (
    "Coverage is no proof of use: a map can lie on the fracture although the answer does not "
    "rest on it."
)
"""Stands wherever coverage stands."""
FEW = 4
"""Equal places below which one image says nothing: the box would come first too often by chance."""
TOO_FEW = "too few equal places"
WEAK = 0.1
"""Share of the margin below which a fall that turns no decision counts as a weak sign."""


def number(value: float) -> str:
    """Two decimals, three for what would all but vanish; a true minus sign, never minus zero."""
    text = f"{value:.2f}" if abs(value) >= 0.095 else f"{value:.3f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def fall(drop: float) -> str:
    """``"lowers the margin by 0.20"`` or ``"raises ..."``."""
    if number(drop) == number(0.0):
        return "leaves the margin as it is"
    return f"{'lowers' if drop > 0 else 'raises'} the margin by {number(abs(drop))}"


def verdict(test: BoxOcclusion) -> str:
    """Whether the image shows a sign that the model uses what is in the box; see :func:`sign`."""
    found = sign(test)
    if found == TOO_FEW:
        return f"{found} elsewhere to say whether it uses the fracture"
    return f"{found} that it uses the fracture"


def sign(test: BoxOcclusion) -> str:
    """``"no sign"``, ``"at most a weak sign"``, ``"a sign"``, or that places are too few.

    The box must cost more margin than *every* equal place: among k + 1 places that mean the same to
    a model, the box is the first by chance once in k + 1 times, whatever the falls look like.
    """
    if len(test.control_margins) < FEW:
        return TOO_FEW
    if test.drop <= 0 or test.controls_as_strong:
        return "no sign"
    strong = test.flips or test.drop >= WEAK * abs(test.margin)
    return "a sign" if strong else "at most a weak sign"


def line(test: BoxOcclusion) -> str:
    """Verdict and figures in one line, without the model's name.

    Such as ``"no sign that it uses the fracture: hiding the box takes 0.10 of its margin, an equal
    place elsewhere 0.20 [−0.050, 0.41]"``. The brackets hold the lowest and highest of the places.
    """
    return f"{verdict(test)}: {figures(test)}"


def figures(test: BoxOcclusion) -> str:
    """What hiding the box does, and what equal places do; see :func:`line`."""
    words = f"hiding the box {_loss(test)}"
    if test.control_drop is not None:
        adds = number(test.drop).startswith("−")  # as the words before it
        words += f", an equal place elsewhere {against(test, adds=adds)}"
    return words


def against(test: BoxOcclusion, adds: bool = False) -> str:
    """Mean of the equal places and their range, ``"0.20 [−0.050, 0.41]"``; "" without any.

    Parameters
    ----------
    test
        Of one image.
    adds
        Whether a rise of the margin counts as positive, as where the box itself adds to it.
    """
    if test.control_drop is None or test.control_low is None or test.control_high is None:
        return ""
    sign = -1 if adds else 1
    low, high = sorted((sign * test.control_low, sign * test.control_high))
    return f"{number(sign * test.control_drop)} [{number(low)}, {number(high)}]"


def details(test: BoxOcclusion) -> str:
    """All that a reader may ask of a :func:`line`, in a few lines."""
    places = len(test.control_margins)
    text = [
        f"Margin (logit of fractured minus the other): {number(test.margin)}; "
        f"box hidden: {number(test.margin_hidden)}.",
        f"P(fractured): {test.probability:.3f}; box hidden: {test.probability_hidden:.3f}.",
    ]
    if places:
        text.append(
            f"{places} equal places elsewhere (same shape, like brightness and contrast) cost "
            f"{against(test)}, mean and range; {test.controls_as_strong} of them as much as the "
            f"box, {test.control_flips} turn the decision. By chance the box comes first once in "
            f"{places + 1} times."
        )
    text += [f"Hidden by {test.fill}. n = 1 image: no interval over films.", *test.notes, NO_PROOF]
    return "\n".join(text)


def _loss(test: BoxOcclusion) -> str:
    drop = number(test.drop)
    if drop == number(0.0):
        words = "takes nothing of its margin"
    elif test.drop > 0:
        words = f"takes {drop} of its margin"
    else:
        words = f"adds {number(-test.drop)} to its margin"
    return f"{words} and turns its answer to {test.label_hidden}" if test.flips else words
