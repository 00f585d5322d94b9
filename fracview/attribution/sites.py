"""Where a network bends: every activation it calls, as a module or as a function.

The network is neither changed nor hooked. It runs twice under a torch function mode, which sees
every call of torch made in this thread: once on the baseline, remembering what reaches each
activation, and once on the images, with each activation replaced by its rescale rule.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode, handle_torch_function, has_torch_function_unary

from fracview.attribution.rescale import adaptive_max_pool, max_pool, rescale, rescale_pool
from fracview.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

ACTIVATIONS = frozenset({
    "relu", "relu6", "leaky_relu", "silu", "mish", "gelu", "tanh", "sigmoid", "elu", "celu",
    "selu", "softplus", "softsign", "hardtanh", "hardswish", "hardsigmoid", "log_sigmoid",
    "elementwise",
})  # fmt: skip
"""Elementwise functions with a rescale rule, by the name torch calls them."""

CAPTUM = frozenset({
    "relu", "elu", "leaky_relu", "sigmoid", "tanh", "softplus", "max_pool2d",
    "max_pool2d_with_indices",
})  # fmt: skip
"""What captum's DeepLift has a rule for; at all else it takes the plain gradient in silence."""

_SMOOTH = frozenset({"silu", "mish", "gelu", "tanh", "sigmoid", "softplus", "log_sigmoid"})

_BENT = frozenset({
    "abs", "exp", "expm1", "log", "log1p", "log2", "log_softmax", "softmax", "pow", "square",
    "sqrt", "rsqrt", "reciprocal", "erf", "sin", "cos", "norm", "vector_norm", "normalize", "std",
    "var", "max", "min", "amax", "amin", "maximum", "minimum", "clamp", "clip", "sort", "topk",
    "median", "prelu", "glu", "layer_norm", "group_norm", "instance_norm", "rms_norm",
    "local_response_norm", "scaled_dot_product_attention", "multi_head_attention_forward",
    "max_pool1d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool3d", "lp_pool2d",
    "logsumexp", "cumprod", "prod", "rrelu", "softmin", "hardshrink", "softshrink", "tanhshrink",
})  # fmt: skip
"""Bent functions without a rule here."""

_PRODUCTS = frozenset({
    "mul", "__mul__", "__rmul__", "multiply", "div", "true_divide", "divide", "__truediv__",
    "__rtruediv__", "matmul", "__matmul__", "mm", "bmm", "einsum", "bilinear", "addmm", "baddbmm",
    "conv2d", "linear",
})  # fmt: skip
"""Linear in one factor, bent if two of them depend on the pixels."""


class Baseline(TorchFunctionMode):
    """Remembers what reaches each activation, in the order of the calls.

    Attributes
    ----------
    reached
        One tensor per activation or max pooling.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reached: list[Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if _rule(func) is not None:
            z = _first(args, kwargs)
            # A copy where the function writes into it.
            self.reached.append(z.clone() if _writes(func, args, kwargs) else z)
        return func(*args, **kwargs)


class Rescaled(TorchFunctionMode):
    """Puts the rescale rule in the place of each activation.

    Parameters
    ----------
    reached
        Of the same network's :class:`Baseline`, (1 or N, ...) each.
    as_captum
        Leave what is not in :data:`CAPTUM` its plain gradient.

    Raises
    ------
    ModelError
        While the network runs: if it bends where there is no rule, or takes another way than at
        the baseline.
    """

    def __init__(self, reached: list[Tensor], as_captum: bool = False) -> None:
        super().__init__()
        self._reached, self._as_captum = reached, as_captum
        self._at = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        rule = _rule(func)
        if rule is None:
            _refuse_bends(func, args, kwargs)
            return func(*args, **kwargs)
        z = _first(args, kwargs)
        if not torch.is_grad_enabled() and z.requires_grad:
            raise ModelError(
                f"DeepLIFT cannot follow this net: {_name(func)} is called where torch keeps no "
                "gradient, perhaps in an autograd function of the net's own."
            )
        absent = self._next(z)
        if self._as_captum and _name(func) not in CAPTUM:
            return func(*args, **kwargs)
        result = rule(z, absent, func, args, kwargs)
        if _writes(func, args, kwargs):
            return z.copy_(result)
        return result

    def _next(self, z: Tensor) -> Tensor:
        if self._at < len(self._reached):
            absent = self._reached[self._at]
            self._at += 1
            if absent.shape[1:] == z.shape[1:] and len(absent) in (1, len(z)):
                return absent
        raise ModelError("DeepLIFT cannot follow this net: it runs otherwise at the baseline.")


def _rule(func: Any) -> Callable[..., Tensor] | None:
    name = _name(func)
    if name in ACTIVATIONS:
        return _activation
    if name in ("max_pool2d", "max_pool2d_with_indices"):
        return _pool
    if name in ("adaptive_max_pool2d", "adaptive_max_pool2d_with_indices"):
        return _adaptive_pool
    return None


def _name(func: Any) -> str:
    name = str(getattr(func, "__name__", func))
    return name if name.startswith("__") else name.strip("_")


def _first(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    first: Tensor = args[0] if args else kwargs["input"]
    return first


def _writes(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    name = str(getattr(func, "__name__", ""))
    return bool(kwargs.get("inplace", False)) or (name.endswith("_") and name[0] != "_")


def _activation(
    z: Tensor, absent: Tensor, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Tensor:
    further = {key: value for key, value in kwargs.items() if key not in ("input", "inplace")}
    pure = getattr(functional, _name(func), None) or getattr(torch, _name(func), func)
    if _name(func) == "elementwise":
        pure = func
    smooth = _name(func) in _SMOOTH
    return rescale(z, absent, lambda value: pure(value, *args[1:], **further), smooth=smooth)


def _pool(
    z: Tensor, absent: Tensor, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Tensor:
    further = {key: value for key, value in kwargs.items() if key != "input"}
    _refuse_places(further)
    return rescale_pool(z, absent, max_pool(*args[1:], **further))


def _adaptive_pool(
    z: Tensor, absent: Tensor, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Tensor:
    further = {key: value for key, value in kwargs.items() if key != "input"}
    _refuse_places(further)
    return rescale_pool(z, absent, adaptive_max_pool(*args[1:], **further))


def _refuse_places(settings: dict[str, Any]) -> None:
    if settings.pop("return_indices", False):
        raise ModelError("DeepLIFT cannot follow this net: it uses the places of a max pooling.")


def _refuse_bends(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    name = _name(func)
    if name in _BENT:
        limit = 1
    elif name in _PRODUCTS:
        limit = 2
    else:
        return
    moving = sum(
        isinstance(value, Tensor) and value.requires_grad for value in (*args, *kwargs.values())
    )
    if moving >= limit:
        raise ModelError(
            f"DeepLIFT has no rule for '{name}', which this net uses. "
            "Use integrated gradients instead."
        )


def elementwise(z: Tensor, module: nn.Module) -> Tensor:
    """Call an activation module that torch does not know, in a way that a mode can see."""
    if has_torch_function_unary(z):
        seen: Tensor = handle_torch_function(elementwise, (z,), z, module)
        return seen
    result: Tensor = module(z)
    return result


class _Visible(nn.Module):
    """Stands for an activation that torch does not know."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, z: Tensor) -> Tensor:
        return elementwise(z, self.module)


def twin(module: nn.Module) -> nn.Module:
    """Copy a network's structure, sharing its weights, with home-made activations made visible.

    An activation counts as home-made if it is a leaf without parameters from outside of torch
    that treats every number alike; robustbench's ``Swish`` is one. What equals SiLU or ReLU is
    replaced by torch's own, whose gradient is needed where image and baseline agree.
    """
    return _twin(module, {})


def _twin(module: nn.Module, known: dict[int, nn.Module]) -> nn.Module:
    if id(module) in known:
        return known[id(module)]
    known[id(module)] = other = _stand_in(module) or copy.copy(module)
    if not isinstance(other, _Visible):
        own = {
            name: child if child is None else _twin(child, known)
            for name, child in module._modules.items()
        }
        other.__dict__["_modules"] = own
        # A shallow copy shares its hooks with the original; its own must not end up there.
        other.__dict__["_forward_hooks"] = module._forward_hooks.copy()
    return other


def _stand_in(module: nn.Module) -> nn.Module | None:
    foreign = not type(module).__module__.startswith("torch.")
    leaf = not any(True for _ in module.children())
    bare = not any(True for _ in module.parameters()) and not any(True for _ in module.buffers())
    if not (foreign and leaf and bare):
        return None
    probe = torch.linspace(-6, 6, 96, dtype=torch.float64).view(2, 3, 4, 4)
    try:
        with torch.no_grad():
            answer = module(probe.clone())
            shuffled = module(probe.flip((0, 1, 2, 3)).clone()).flip((0, 1, 2, 3))
            part = module(probe[:1].clone())
    except (RuntimeError, TypeError, ValueError, AttributeError, IndexError):
        return None  # It does not take a plain tensor, so it is no activation.
    if not isinstance(answer, Tensor) or answer.shape != probe.shape:
        return None
    if not torch.equal(answer, shuffled) or not torch.equal(answer[:1], part):
        return None
    if torch.equal(answer, probe):
        return None
    for known in (nn.SiLU(), nn.ReLU()):
        if torch.allclose(known(probe), answer, rtol=0, atol=1e-12):
            return known.eval()
    return _Visible(module)
