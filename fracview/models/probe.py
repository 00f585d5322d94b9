"""Probes of a loaded model: does it keep what its card promises?

Each finds one of the ways in which published pipelines went wrong in silence: normalising twice,
pooling into the batch, BatchNorm that moves, activations that an attribution does not know.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from fracview.errors import CardError, ModelError
from fracview.models.activations import find_activations
from fracview.models.card import ModelCard, read_card
from fracview.models.checkpoint import is_finite
from fracview.request import FRACTURED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fracview.models.classifier import Classifier

State: TypeAlias = Literal["ok", "caution", "fail"]
_SIDE = 32
"""Largest side of a probe's input: enough for every net here, and quick on a CPU."""


@dataclass(frozen=True)
class Finding:
    """What one probe found.

    Parameters
    ----------
    name
        Of the probe.
    state
        ``"ok"``; ``"caution"``: true to the card, but worth knowing; ``"fail"``.
    sentence
        For people.
    """

    name: str
    state: State
    sentence: str


def probe(classifier: Classifier) -> tuple[Finding, ...]:
    """Run all probes; a probe that breaks is itself a finding.

    Weights, statistics and modes of the classifier are the same afterwards.
    """
    statistics = _statistics(classifier)
    findings = []
    try:
        for name, look in _PROBES.items():
            try:
                state, sentence = look(classifier)
            except (ModelError, RuntimeError, ValueError) as error:
                state, sentence = "fail", f"It broke: {str(error).splitlines()[0]}"
            findings.append(Finding(name, state, sentence))
    finally:
        for name, value in statistics.items():
            classifier.net.get_buffer(name).copy_(value)
    return tuple(findings)


def _statistics(classifier: Classifier) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in classifier.net.named_buffers()}


def check_output(classifier: Classifier) -> None:
    """Send two small images through and look at the shape; every load does so.

    Raises
    ------
    ModelError
        If the net does not return one finite row per image and one number per class.
    """
    try:
        predictions = classifier.predict(_clouds(classifier, 2))
    except (ValueError, RuntimeError, IndexError, TypeError) as error:
        from fracview.models.device import is_out_of_memory

        if is_out_of_memory(error):
            raise
        raise ModelError(
            f"{classifier.card.name} cannot answer: {str(error).splitlines()[0]}"
        ) from error
    if len(predictions) != 2:
        raise ModelError(f"{classifier.card.name} returned {len(predictions)} rows for 2 images.")


def _clouds(classifier: Classifier, count: int, scale: float = 1.0) -> Tensor:
    """Seeded smooth images (count, C, h, w) at a size that every probe can afford."""
    height, width = (max(8, int(min(_SIDE, side) * scale)) for side in classifier.card.input.size)
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(count, classifier.card.input.channels, 5, 5, generator=generator)
    clouds = nn.functional.interpolate(coarse, (height, width), mode="bilinear")
    return clouds.to(device=classifier.device, dtype=classifier.dtype)


def _digest(classifier: Classifier) -> tuple[State, str]:
    card = classifier.card
    if card.weights.seed is not None and not card.weights.file:
        return "caution", f"Random weights from seed {card.weights.seed}; nothing was learnt."
    if not card.weights.sha256:
        return "caution", "The weights do not come from a file, so they have no sha256."
    begin = card.weights.sha256[:12]
    if _vouched(card):
        return "ok", f"The file is the one that the card names (sha256 {begin}...)."
    return "caution", f"No card vouches for the file with sha256 {begin}...; write it into one."


def _vouched(card: ModelCard) -> bool:
    try:
        return card.path is not None and read_card(card.path).weights.sha256 == card.weights.sha256
    except CardError:
        return False


def _finite(classifier: Classifier) -> tuple[State, str]:
    state = classifier.net.state_dict()
    broken = [name for name, value in state.items() if not is_finite(value)]
    if broken:
        return "fail", f"NaN or infinity in {len(broken)} tensors, first in {broken[0]}."
    return "ok", f"All {sum(value.numel() for value in state.values()):,} numbers are finite."


def _classes(classifier: Classifier) -> tuple[State, str]:
    classes = classifier.card.classes
    logits = classifier.logits(_clouds(classifier, 2))
    if not bool(torch.isfinite(logits).all()):
        return "fail", "A logit is not finite."
    order = ", ".join(f"{index} {name}" for index, name in enumerate(classes))
    if FRACTURED not in classes:
        return "fail", f"No class is called '{FRACTURED}'. Logits: {order}."
    if classifier.card.kind != "untrained" and not classifier.card.measured:
        return "caution", f"Logits: {order}; by the card's word alone, since nothing is measured."
    return "ok", f"Logits: {order}."


def _received(classifier: Classifier, value: float) -> Tensor:
    """What the net is really fed for a flat image, one number per channel, float64."""
    seen: list[Tensor] = []
    with _pre_hook(classifier.net, lambda x: seen.append(x)):
        classifier.logits(torch.full_like(_clouds(classifier, 1), value))
    return seen[0][0, :, 0, 0].detach().cpu().double()


def _range(classifier: Classifier) -> tuple[State, str]:
    spec = classifier.card.input
    low, high = _received(classifier, 0.0), _received(classifier, 1.0)
    shift, scale = torch.zeros(spec.channels), torch.ones(spec.channels)
    if spec.normalisation in ("outside", "both"):
        shift, scale = torch.tensor(spec.mean), torch.tensor(spec.std)
    said = f"The net receives {float(low.min()):.3f} to {float(high.max()):.3f}"
    fits = torch.allclose(low, (-shift / scale).double(), atol=1e-4) and torch.allclose(
        high, ((1 - shift) / scale).double(), atol=1e-4
    )
    if not fits:
        return "fail", f"{said}, which is not what the card says."
    return "ok", f"{said} for pixels of 0 to 1, as the card says ({spec.normalisation})."


def _normalised(classifier: Classifier) -> tuple[State, str]:
    """Compare with the net on values normalised by hand, and look for a second time inside."""
    spec, x = classifier.card.input, torch.full_like(_clouds(classifier, 2), 0.5)
    by_hand = x
    if spec.normalisation in ("outside", "both"):
        view = (1, -1, 1, 1)
        mean, std = x.new_tensor(spec.mean).view(view), x.new_tensor(spec.std).view(view)
        by_hand = (x - mean) / std
    with torch.no_grad():
        expected = classifier.net(by_hand)
    if not torch.allclose(classifier.logits(x), expected, rtol=1e-3, atol=1e-4):
        return "fail", "The answer to grey is not the net's on the value that the card gives."
    inner = _inner(classifier)
    if inner is None:
        return "caution", "Nothing is known of the inside: no convolution comes first."
    mean_in, std_in = inner
    inside = abs(mean_in) > 1e-3 or abs(std_in - 1) > 1e-3
    what = f"mean {mean_in:.3f}, std {std_in:.3f}"
    if inside and spec.normalisation == "both":
        return "caution", f"Normalised twice, as the card says (inside: {what})."
    if inside and spec.normalisation == "outside":
        return "fail", f"Normalised twice: the net does it, too ({what}); the card says outside."
    if not inside and spec.normalisation in ("inside", "both"):
        return "fail", f"The card says {spec.normalisation}, but the net does not normalise."
    if inside and spec.normalisation == "none":
        return "caution", f"The net normalises inside ({what}); the card says none."
    return "ok", {
        "outside": "Normalised once, outside of the net.",
        "inside": f"Normalised once, inside the net ({what}).",
        "none": "Not normalised.",
    }[spec.normalisation]


def _inner(classifier: Classifier) -> tuple[float, float] | None:
    """Mean and std of the first channel that a net applies before its first convolution."""
    first = next((m for m in classifier.net.modules() if isinstance(m, nn.Conv2d)), None)
    if first is None:
        return None
    fed: list[float] = []
    arrived: list[float] = []
    for value in (0.25, 0.75):
        seen: list[Tensor] = []
        with _pre_hook(first, lambda x, seen=seen: seen.append(x)):  # type: ignore[misc]
            fed.append(float(_received(classifier, value)[0]))
        if not seen or seen[0].shape[1] != classifier.card.input.channels:
            return None
        middle = seen[0][0, 0]
        arrived.append(float(middle[middle.shape[0] // 2, middle.shape[1] // 2]))
    if arrived[0] == arrived[1]:
        return None
    std = (fed[1] - fed[0]) / (arrived[1] - arrived[0])
    return fed[0] - arrived[0] * std, std


def _pooling(classifier: Classifier) -> tuple[State, str]:
    """Every image must reach the last layers as one row, whatever its size or its neighbours."""
    last = next((m for m in classifier.net.modules() if isinstance(m, nn.Linear)), None)
    for scale in (1.0, 1.5):
        x = _clouds(classifier, 3, scale)
        rows: list[int] = []
        with _pre_hook(last, lambda value, rows=rows: rows.append(len(value))):  # type: ignore[misc]
            together = classifier.logits(x)
        if rows and rows[0] != len(x):
            return "fail", (
                f"{rows[0] // len(x)} rows per image of {x.shape[2]} x {x.shape[3]} reach the last "
                "layer: positions are mixed with images or channels."
            )
        alone = torch.cat([classifier.logits(one[None]) for one in x])
        if not torch.allclose(together, alone, rtol=1e-3, atol=1e-3):
            return "fail", "The answer to an image depends on the others in its batch."
    return "ok", "One row per image at every size, whatever stands beside it in the batch."


def _frozen(classifier: Classifier) -> tuple[State, str]:
    """Running statistics must be the same, bit by bit, after a pass and a gradient step."""
    before = _statistics(classifier)
    x = _clouds(classifier, 2)
    classifier.step(x, torch.zeros(2, dtype=torch.long))
    after = dict(classifier.net.named_buffers())
    moved = [name for name, value in before.items() if not torch.equal(value, after[name])]
    if moved:
        return "fail", f"{len(moved)} statistics move in a pass, first {moved[0]}."
    awake = [name for name, module in classifier.net.named_modules() if module.training]
    if awake:
        return "fail", f"{len(awake)} modules are in training mode, first {awake[0] or 'the net'}."
    wanting = sum(parameter.requires_grad for parameter in classifier.net.parameters())
    if wanting:
        return "caution", f"{wanting} tensors of weights ask for gradients: slower, else the same."
    return "ok", "Weights and BatchNorm statistics stay as they are."


def _activations(classifier: Classifier) -> tuple[State, str]:
    found = find_activations(classifier, _clouds(classifier, 1))
    listed = ", ".join(f"{count} {name}" for name, count in found.modules.items()) or "none"
    loose = ", ".join(f"{count} {name}" for name, count in found.loose.items())
    if found.unknown:
        missing = ", ".join(found.unknown)
        return "caution", f"{listed}; DeepLIFT has no rule for {missing} and says so when asked."
    if loose or found.reused:
        parts = [f"outside of modules: {loose}"] if loose else []
        parts += [f"used twice: {', '.join(found.reused)}"] if found.reused else []
        return "caution", (
            f"{listed}; hooks on modules miss some ({'; '.join(parts)}), so captum's DeepLIFT is "
            "wrong here. fracview's follows the calls themselves, and its completeness error tells."
        )
    foreign = ", ".join(found.unknown_to_captum)
    if foreign:
        return "ok", (
            f"{listed}: DeepLIFT has a rule for each. captum's does not know {foreign} and would "
            "silently take the plain gradient there."
        )
    return "ok", f"{listed}: DeepLIFT has a rule for each."


@contextmanager
def _pre_hook(module: nn.Module | None, see: Callable[[Tensor], Any]) -> Iterator[None]:
    """Show a module's input to ``see`` while the block runs."""
    if module is None:
        yield
        return
    handle = module.register_forward_pre_hook(lambda _, inputs: see(inputs[0].detach()) and None)
    try:
        yield
    finally:
        handle.remove()


_PROBES: dict[str, Callable[[Classifier], tuple[State, str]]] = {
    "weights": _digest,
    "finite": _finite,
    "classes": _classes,
    "range": _range,
    "normalisation": _normalised,
    "pooling": _pooling,
    "frozen": _frozen,
    "activations": _activations,
}
