"""Fracview's own small nets for grey films; trained on a laptop, they answer in a moment.

Names and cards need no torch; the net itself lies in :mod:`fracview.models.zoo.small_resnet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fracview.errors import CardError, UnknownName
from fracview.models.card import InputSpec, ModelCard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import nn

_OPTIONS = ("widths", "blocks", "kernel")


class SmallSource:
    """The entry ``"small"`` of :data:`fracview.models.ARCHITECTURES`."""

    def names(self) -> tuple[str, ...]:
        """Names of the architectures."""
        return ("small-resnet",)

    def build(
        self, architecture: str, classes: Sequence[str], options: Mapping[str, Any] | None = None
    ) -> nn.Module:
        """Build a net with fresh weights from torch's global generator.

        Parameters
        ----------
        architecture
            One of :meth:`names`.
        classes
            Names in the order of the logits.
        options
            ``widths``, ``blocks`` and ``kernel`` of
            :class:`~fracview.models.zoo.small_resnet.SmallResNet`.

        Raises
        ------
        UnknownName
            If there is no such architecture.
        CardError
            If an option is unknown or does not fit.
        """
        self._check(architecture)
        chosen = dict(options or {})
        unknown = sorted(set(chosen) - set(_OPTIONS))
        if unknown:
            raise CardError(
                architecture,
                f"unknown options {', '.join(unknown)}",
                f"It has {', '.join(_OPTIONS)}",
            )
        from fracview.models.zoo.small_resnet import SmallResNet

        try:
            return SmallResNet(len(classes), **chosen)
        except (TypeError, ValueError, RuntimeError, IndexError) as error:
            raise CardError(architecture, f"its options do not fit ({error})") from error

    def default_card(self, architecture: str) -> ModelCard:
        """Card of a net whose weights are not known yet: 128 x 128, grey, normalises inside."""
        self._check(architecture)
        spec = InputSpec(
            size=(128, 128), channels=1, normalisation="inside", mean=(0.35,), std=(0.25,)
        )
        return ModelCard(
            name=architecture,
            source="small",
            architecture=architecture,
            kind="untrained",
            input=spec,
            title="Small residual net for grey films",
            licence="BSD-3-Clause",
        )

    def _check(self, architecture: str) -> None:
        if architecture not in self.names():
            raise UnknownName("architecture", architecture, self.names())


SOURCE = SmallSource()
"""Built by name through the registry."""
