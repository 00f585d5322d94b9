"""A network behind one contract: pixels in [0, 1] go in, logits come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from fracview.data.frame import InputFrame
from fracview.errors import ModelError
from fracview.models.card import CIFAR_MEAN, CIFAR_STD, ModelCard
from fracview.models.prediction import Prediction as Prediction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fracview.data.radiograph import Radiograph
    from fracview.request import Protocol

Loss: TypeAlias = Literal["cross_entropy", "logit", "margin"]


@dataclass(frozen=True)
class Step:
    """One pass forward and back.

    Parameters
    ----------
    logits
        (N, classes), detached.
    loss
        (N,), detached.
    gradient
        Shape of the input: derivative of each image's own loss by its own pixels.
    """

    logits: Tensor
    loss: Tensor
    gradient: Tensor


class Classifier(nn.Module):
    """A network with frozen weights that takes float NCHW in [0, 1] and owns its normalisation.

    Every tensor outside of this class is in pixel units, so a radius means the same for every
    model and the maps of any two models lie on the same axis.

    Parameters
    ----------
    net
        Takes what the card says (see :class:`~fracview.models.card.InputSpec`) and returns
        (N, classes). It is put into evaluation mode and its weights are frozen.
    card
        What is known of it.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, net: nn.Module, card: ModelCard) -> None:
        super().__init__()
        self.net = net.eval().requires_grad_(False)
        self.card = card
        outside = card.input.normalisation in ("outside", "both")
        self._normalise_outside(card.input.mean, card.input.std, on=outside)
        self.eval()

    def _normalise_outside(
        self, mean: tuple[float, ...], std: tuple[float, ...], *, on: bool
    ) -> None:
        channels = self.card.input.channels
        parameter = next(iter(self.net.parameters()), torch.zeros(()))
        shift = torch.tensor(mean if on else (0.0,) * channels, dtype=torch.float64)
        scale = torch.tensor(std if on else (1.0,) * channels, dtype=torch.float64)
        if len(shift) != channels or len(scale) != channels:
            raise ModelError(f"{self.card.name}: mean and std need {channels} numbers.")
        device, dtype = parameter.device, parameter.dtype
        self.register_buffer("mean", shift.view(1, -1, 1, 1).to(device, dtype), persistent=False)
        self.register_buffer("std", scale.view(1, -1, 1, 1).to(device, dtype), persistent=False)
        self._outside = on

    def under(self, protocol: Protocol) -> Classifier:
        """Return the same network under a protocol's normalisation.

        The published notebooks put the CIFAR-10 mean and standard deviation before every net,
        whatever the net does inside (``normalisation = "cifar"``). Weights are shared, not copied.
        """
        if protocol.normalisation == "card":
            return self
        view = Classifier(self.net, self.card)
        channels = self.card.input.channels
        view._normalise_outside(CIFAR_MEAN[:channels], CIFAR_STD[:channels], on=True)
        return view

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.mean.device

    @property
    def dtype(self) -> torch.dtype:
        """Floating type of the weights."""
        return self.mean.dtype

    @property
    def scale(self) -> tuple[float, ...]:
        """Standard deviation per channel that is divided by outside of the net; ones if none."""
        return tuple(float(value) for value in self.std.flatten())

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch.

        Parameters
        ----------
        x
            Float (N, C, H, W) in [0, 1]; C is the card's number of channels, or 1, which is
            repeated.

        Returns
        -------
        Tensor
            (N, classes).

        Raises
        ------
        ModelError
            If the shape is wrong, or the net does not return one row per image.
        """
        channels = self.card.input.channels
        if x.ndim != 4 or x.shape[1] not in (1, channels):
            raise ModelError(
                f"{self.card.name} takes (N, {channels}, H, W) or (N, 1, H, W), "
                f"not {tuple(x.shape)}."
            )
        x = x.to(device=self.device, dtype=self.dtype)
        if x.shape[1] != channels:
            x = x.expand(-1, channels, -1, -1)
        if self._outside:
            x = (x - self.mean) / self.std
        logits: Tensor = self.net(x)
        if logits.shape != (len(x), len(self.card.classes)):
            raise ModelError(
                f"{self.card.name} returned {tuple(logits.shape)} for {len(x)} images and "
                f"{len(self.card.classes)} classes; it must pool globally."
            )
        return logits

    def frame(self, radiograph: Radiograph, protocol: Protocol | None = None) -> InputFrame:
        """Place of a radiograph in this model's input."""
        size = self.card.input.size
        aspect: Literal["squash", "pad"] = "squash"
        if protocol is not None:
            size, aspect = protocol.size or size, protocol.aspect
        return InputFrame(radiograph.height, radiograph.width, size[0], size[1], aspect)

    def prepare(self, radiograph: Radiograph, protocol: Protocol | None = None) -> Tensor:
        """Turn a radiograph into an input: (1, C, h, w) in [0, 1] on this model's device."""
        rounded = protocol is not None and protocol.resampling == "8-bit"
        small = self.frame(radiograph, protocol).fit(radiograph.grey(), rounded=rounded)
        x = torch.from_numpy(small).to(device=self.device, dtype=self.dtype)
        return x.expand(1, self.card.input.channels, -1, -1).contiguous()

    def step(self, x: Tensor, y: Tensor, loss: Loss = "cross_entropy") -> Step:
        """Differentiate by the input alone; gradients of weights are never made.

        Parameters
        ----------
        x
            (N, C, H, W) in [0, 1].
        y
            (N,) class indices.
        loss
            ``"cross_entropy"``; ``"logit"`` of class y; ``"margin"``: logit y minus the largest
            other.
        """
        with torch.enable_grad():
            pixels = x.detach().to(device=self.device, dtype=self.dtype).requires_grad_(True)
            logits = self(pixels)
            each = _loss(logits, y.to(self.device), loss)
            (gradient,) = torch.autograd.grad(each.sum(), pixels)
        return Step(logits.detach(), each.detach(), gradient.detach())

    def input_gradient(self, x: Tensor, y: Tensor, loss: Loss = "cross_entropy") -> Tensor:
        """Derivative of the loss by the pixels, in the shape of ``x``; see :meth:`step`."""
        return self.step(x, y, loss).gradient

    def logits(self, x: Tensor) -> Tensor:
        """Logits without a graph, (N, classes)."""
        with torch.no_grad():
            result: Tensor = self(x)
        return result

    def predict(self, x: Tensor) -> list[Prediction]:
        """Answers for a batch in [0, 1].

        Raises
        ------
        ModelError
            If a logit is not finite.
        """
        logits = self.logits(x)
        if not bool(torch.isfinite(logits).all()):
            raise ModelError(f"{self.card.name} answered with a number that is not finite.")
        shares = torch.softmax(logits.cpu().double(), dim=1)  # MPS has no float64
        return list(_predictions(logits, shares, self.card.classes))


def _loss(logits: Tensor, y: Tensor, loss: Loss) -> Tensor:
    if loss == "cross_entropy":
        return functional.cross_entropy(logits, y, reduction="none")
    chosen = logits.gather(1, y[:, None])[:, 0]
    if loss == "logit":
        return chosen
    others = logits.scatter(1, y[:, None], -torch.inf)
    return chosen - others.amax(1)


def _predictions(logits: Tensor, shares: Tensor, classes: tuple[str, ...]) -> Iterator[Prediction]:
    for row, share in zip(logits.tolist(), shares.tolist()):
        yield Prediction(tuple(row), tuple(share), classes)
