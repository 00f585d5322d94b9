"""Which activations a network uses, and who can explain them."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from torch import Tensor, nn

    from fracview.models.classifier import Classifier

RESCALED = (
    "ReLU", "ReLU6", "LeakyReLU", "ELU", "SiLU", "Swish", "GELU", "Sigmoid", "Tanh", "Softplus",
    "CELU", "SELU", "Mish", "Softsign", "Hardtanh", "Hardswish", "Hardsigmoid", "LogSigmoid",
)  # fmt: skip
"""Elementwise activations, each a module, for which the rescale rule of DeepLIFT is defined."""
MAXIMA = ("MaxPool2d", "AdaptiveMaxPool2d")
"""Maxima over positions, which need a rule of their own."""
CAPTUM = (
    "ReLU", "ELU", "LeakyReLU", "Sigmoid", "Tanh", "Softplus", "MaxPool1d", "MaxPool2d",
    "MaxPool3d", "Softmax",
)  # fmt: skip
"""What captum's DeepLift knows; at anything else it takes the plain gradient and says nothing."""
_BENT = (
    "relu", "relu_", "relu6", "leaky_relu", "leaky_relu_", "prelu", "elu", "elu_", "gelu", "silu",
    "silu_", "sigmoid", "sigmoid_", "tanh", "tanh_", "softplus", "hardtanh", "hardtanh_",
    "hardswish", "hardsigmoid", "hardshrink", "softshrink", "log_sigmoid_forward", "mish",
    "softmax", "_softmax", "max_pool2d_with_indices", "max_pool2d", "adaptive_max_pool2d", "amax",
    "maximum", "clamp", "clamp_min", "abs", "pow",
)  # fmt: skip


@dataclass(frozen=True)
class Activations:
    """What bends between pixels and logits.

    Parameters
    ----------
    modules
        Name of each activation's class and how many modules of it are used.
    reused
        Names of modules that are called more than once in a pass.
    loose
        Operations outside of any activation module, which no hook can see.
    """

    modules: dict[str, int]
    reused: tuple[str, ...]
    loose: dict[str, int]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Classes that have no rule here."""
        return tuple(name for name in self.modules if name not in (*RESCALED, *MAXIMA))

    @property
    def unknown_to_captum(self) -> tuple[str, ...]:
        """Classes at which captum's DeepLift silently takes the plain gradient."""
        return tuple(name for name in self.modules if name not in CAPTUM)


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts bending operations, for the module that is running or for nobody."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.running: list[str] = []
        self.loose: Counter[str] = Counter()
        self.bent: set[str] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__
        if name in _BENT:
            if self.running:
                self.bent.add(self.running[-1])
            else:
                self.loose[name] += 1
        return func(*args, **(kwargs or {}))


def find_activations(classifier: Classifier, x: Tensor) -> Activations:
    """Watch one pass of a batch (N, C, H, W) in [0, 1] and name what bends.

    A module without parts and weights in which a bending operation runs is an activation;
    everything else that bends is loose.
    """
    leaves = {
        name: module
        for name, module in classifier.net.named_modules()
        if not any(True for _ in module.children()) and not any(True for _ in module.parameters())
    }
    watch, calls = _Watch(), Counter[str]()

    def enter(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any) -> None:
            calls[name] += 1
            watch.running.append(name)

        return hook

    def leave(_module: nn.Module, _inputs: Any, _output: Any) -> None:
        watch.running.pop()

    with ExitStack() as hooks:
        for name, module in leaves.items():
            hooks.callback(module.register_forward_pre_hook(enter(name)).remove)
            hooks.callback(module.register_forward_hook(leave).remove)
        with watch:
            classifier.logits(x)
    return Activations(
        modules=dict(Counter(type(leaves[name]).__name__ for name in sorted(watch.bent))),
        reused=tuple(sorted(name for name in watch.bent if calls[name] > 1)),
        loose=dict(watch.loose),
    )
