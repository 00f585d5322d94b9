"""The six RobustBench architectures of the published fracture models, pooled globally.

Five of the nets end in ``avg_pool2d(., 8)`` and a ``view``, which at 224 pixels gives 49 rows per
image without an error. They become a subclass of themselves that averages over all positions;
names of parameters do not change, so published checkpoints load strictly.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from fracview.errors import CardError, UnknownName
from fracview.models.card import ModelCard, read_card
from fracview.models.zoo.architecture_files import architecture_file
from fracview.paths import resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor, nn

_HEADS = ("fracture", "linear")


@dataclass(frozen=True)
class _Architecture:
    """File, class and constructor of a net, and the names of its last layer and its width."""

    stem: str
    kind: str
    head: str
    width: str
    options: dict[str, Any] = field(default_factory=dict)
    swish: bool = False


def _wide(**options: Any) -> _Architecture:
    return _Architecture("wide_resnet", "WideResNet", "fc", "nChannels", options)


def _deepmind(**options: Any) -> _Architecture:
    return _Architecture("dm_wide_resnet", "DMWideResNet", "logits", "num_channels", options, True)


_ARCHITECTURES = {
    "Chen2024Data_WRN_34_20": _wide(depth=34, widen_factor=20),
    "Zhang2020Geometry": _wide(depth=28, widen_factor=10, sub_block1=True),
    "Huang2021Exploring_ema": _Architecture(
        "robust_wide_resnet",
        "RobustWideResNet",
        "fc",
        "fc_size",
        {"channel_configs": [16, 320, 640, 512], "depth_configs": [5, 5, 5]},
    ),
    "Rade2021Helper_extra": _deepmind(depth=34, width=10),
    "Rebuffi2021Fixing_70_16_cutmix_extra": _deepmind(depth=70, width=16),
    "Standard": _wide(depth=28, widen_factor=10),
}


class RobustBenchSource:
    """The entry ``"robustbench"`` of :data:`fracview.models.ARCHITECTURES`."""

    def names(self) -> tuple[str, ...]:
        """Names of the architectures, as in the RobustBench zoo (CIFAR-10, Linf)."""
        return tuple(_ARCHITECTURES)

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
            ``head``: ``"fracture"``, the two layers of the published fracture models (default),
            or ``"linear"``, the single layer of RobustBench's own files.

        Returns
        -------
        nn.Module
            Takes (N, 3, H, W) of any size, returns (N, classes).

        Raises
        ------
        UnknownName
            If there is no such architecture.
        CardError
            If an option is unknown.
        ModelError
            If robustbench's files are missing.
        """
        plan = self._plan(architecture)
        head = _head_option(architecture, options or {})
        file = architecture_file(plan.stem)
        settings = dict(plan.options, num_classes=len(classes))
        if plan.swish:
            from torch.nn import SiLU

            # The file's own Swish is the same function with a backward that torch deprecates.
            settings.update(activation_fn=SiLU, mean=file.CIFAR10_MEAN, std=file.CIFAR10_STD)
        net: nn.Module = getattr(file, plan.kind)(**settings)
        if plan.kind in _POOLED:
            net.__class__ = _pooled(plan.stem, plan.kind)
        if head == "fracture":
            from fracview.models.head import fracture_head

            setattr(net, plan.head, fracture_head(getattr(net, plan.width), len(classes)))
        return net

    def default_card(self, architecture: str) -> ModelCard:
        """Card of a net whose weights are not known yet, from ``resources/models/robustbench``."""
        self._plan(architecture)
        template = read_card(resource("models", "robustbench", f"{architecture}.toml"))
        return replace(template, path=None)

    def _plan(self, architecture: str) -> _Architecture:
        if architecture not in _ARCHITECTURES:
            raise UnknownName("architecture", architecture, self.names())
        return _ARCHITECTURES[architecture]


def _head_option(architecture: str, options: Mapping[str, Any]) -> str:
    unknown = sorted(set(options) - {"head"})
    head = str(options.get("head", _HEADS[0]))
    if unknown:
        raise CardError(architecture, f"unknown options {', '.join(unknown)}", "It has head")
    if head not in _HEADS:
        raise CardError(architecture, f"unknown head '{head}'", f"There are {', '.join(_HEADS)}")
    return head


@cache
def _pooled(stem: str, kind: str) -> type[nn.Module]:
    base = getattr(architecture_file(stem), kind)
    return type(f"Pooled{kind}", (base,), {"forward": _POOLED[kind], "__module__": __name__})


def _wide_forward(self: Any, x: Tensor) -> Tensor:
    hidden = self.block3(self.block2(self.block1(self.conv1(x))))
    logits: Tensor = self.fc(self.relu(self.bn1(hidden)).mean((2, 3)))
    return logits


def _deepmind_forward(self: Any, x: Tensor) -> Tensor:
    from torch.nn import functional

    below, right = -x.shape[2] % 4, -x.shape[3] % 4
    if below or right:
        # Blocks that halve an odd side pad it otherwise than their shortcuts and then cannot add.
        x = functional.pad(x, (0, right, 0, below), mode="replicate")
    hidden = self.layer(self.init_conv((x - self.mean) / self.std))
    logits: Tensor = self.logits(self.relu(self.batchnorm(hidden)).mean((2, 3)))
    return logits


_POOLED: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "WideResNet": _wide_forward,
    "DMWideResNet": _deepmind_forward,
}

SOURCE = RobustBenchSource()
"""Built by name through the registry."""
