"""From a typed name to a :class:`Classifier`: card, network, weights, device."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from fracview.errors import CheckpointError, DeviceError, ModelError
from fracview.fingerprint import file_sha256
from fracview.models import ARCHITECTURES
from fracview.models.calibration import calibrate
from fracview.models.checkpoint import load_into, read_state
from fracview.models.classifier import Classifier
from fracview.models.device import choose_device, is_out_of_memory
from fracview.models.probe import check_output
from fracview.models.shelf import find_card

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fracview.models.card import ModelCard

KEPT = 4
"""Loaded classifiers that stay in memory; a comparison rarely holds more models."""
_RANDOM = {
    "normal_", "uniform_", "trunc_normal_", "kaiming_normal_", "kaiming_uniform_",
    "xavier_normal_", "xavier_uniform_",
}  # fmt: skip
Key: TypeAlias = tuple[object, ...]


def load_model(spec: str | Path, device: str | None = None) -> Classifier:
    """Load a model.

    The same answer comes again, from memory, until the files behind it change; so treat it as
    read-only.

    Parameters
    ----------
    spec
        A card's name, a card file, ``ARCHITECTURE:weights-file``, or ``ARCHITECTURE:seed=0``
        (seeded random weights; the card's warnings say so).
    device
        See :func:`fracview.models.device.choose_device`.

    Returns
    -------
    Classifier
        With frozen weights; its card carries the sha256 of the file that was read.

    Raises
    ------
    UnknownName, CardError
        If there is no such model, or its card is broken.
    CheckpointError
        If the weights are missing, unsafe, incomplete, other than the card says, or do not fit.
    ModelError
        If the network breaks the contract of a classifier.
    DeviceError
        If the device is absent or has too little memory.
    """
    card, place = find_card(spec), choose_device(device)
    return _MEMORY.get(_key(card, place), lambda: _load(card, place))


def forget_models() -> None:
    """Give the memory of all loaded models back."""
    _MEMORY.clear()


class _Memory:
    """The classifiers used last. One loads at a time, since two would only fight for memory."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kept: OrderedDict[Key, Classifier] = OrderedDict()

    def get(self, key: Key, make: Callable[[], Classifier]) -> Classifier:
        """Return what is kept under a key, or make it."""
        with self._lock:
            if key not in self._kept:
                # Room is made before, or the peak would be one model higher than it must.
                while len(self._kept) >= KEPT:
                    self._kept.popitem(last=False)
                self._kept[key] = make()
            self._kept.move_to_end(key)
            return self._kept[key]

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()


_MEMORY = _Memory()


def _key(card: ModelCard, place: torch.device) -> Key:
    marks: list[object] = [card.name, str(card.path), card.weights.seed, str(place)]
    for path in filter(None, (card.path, card.weights_path())):
        with suppress(OSError):  # whoever reads the file says what is wrong with it
            stat = path.stat()
            marks += [str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino]
    return tuple(marks)


def _load(card: ModelCard, place: torch.device) -> Classifier:
    try:
        classifier = _from_card(card).to(place)
        check_output(classifier)
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise DeviceError(
                f"{card.name} does not fit into the memory of {place}. "
                "Close other models, or use cpu."
            ) from error
        raise ModelError(f"{card.name} cannot answer: {str(error).splitlines()[0]}") from error
    return classifier


def _from_card(card: ModelCard) -> Classifier:
    file = card.weights_path()
    if file is not None:
        return _from_file(card, file)
    if card.weights.seed is not None:
        return _from_seed(card, card.weights.seed)
    raise CheckpointError(
        card.path or card.name,
        "the card names no weights",
        "Fill in [weights], or load ARCHITECTURE:weights-file",
    )


def _from_file(card: ModelCard, file: Path) -> Classifier:
    state = read_state(file)
    digest = file_sha256(file)
    wanted = card.weights.sha256
    if wanted and wanted != digest:
        raise CheckpointError(
            file,
            f"not the weights of the card '{card.name}': its sha256 begins with {digest[:12]}, "
            f"the card says {wanted[:12]}",
            "Get the file that the card was written for",
        )
    with _Unfilled():
        net = _build(card)
    load_into(net, state, file)
    return Classifier(net, replace(card, weights=replace(card.weights, sha256=digest)))


def _from_seed(card: ModelCard, seed: int) -> Classifier:
    # Only the CPU's generator is touched and put back; torch.manual_seed would seed GPUs, too.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        net = _build(card)
    classifier = Classifier(net, card)
    calibrate(classifier, seed)
    return classifier


def _build(card: ModelCard) -> nn.Module:
    source = ARCHITECTURES.load(card.source)
    net: nn.Module = source.build(card.architecture, card.classes, card.options)
    return net


class _Unfilled(TorchFunctionMode):
    """Skips random initialisation, which takes seconds for a large net and is overwritten."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        if getattr(func, "__name__", "") in _RANDOM:
            return args[0] if args else named["tensor"]
        return func(*args, **named)
