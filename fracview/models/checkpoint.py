"""Weights from outside: read as numbers only, checked, and put into a network key by key."""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from fracview.errors import CheckpointError
from fracview.models.device import is_out_of_memory
from fracview.models.head import is_cifar_backbone
from fracview.models.weights_file import AGAIN, MAX_TENSORS, PLAIN, Format, holds_code, recognise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_WRAPPERS = ("state_dict", "model_state_dict")
_PREFIXES = ("module.", "_orig_mod.")
_FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
_DTYPES = (*_FLOATS, torch.int64)
_NAMED = 4
"""Entries that a message names before it counts."""


def read_state(path: Path) -> dict[str, Tensor]:
    """Read the weights of a ``.pth``, ``.pt`` or ``.safetensors`` file; no code in it is run.

    The file's content decides about its format, not its name. ``state_dict`` or
    ``model_state_dict`` around the weights and ``module.`` before their names are taken off.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict[str, Tensor]
        On the CPU, in the types of the file.

    Raises
    ------
    CheckpointError
        If it is no plain file of weights, is incomplete, claims more numbers than it has bytes,
        or holds numbers that are not finite or of an unusable type.
    """
    kind = recognise(path)
    held = _load_safetensors(path) if kind == "safetensors" else _load_torch(path, kind)
    state = _without_prefix(_tensors(_unwrapped(held, path), path))
    _check(state, path)
    return state


def load_into(net: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Put weights into a network that has exactly these names and shapes.

    Half precision becomes the network's own type. Tensors are taken over, not copied, where they
    already fit.

    Parameters
    ----------
    net
        Changed in place.
    state
        From :func:`read_state`.
    path
        Where they come from, for messages.

    Raises
    ------
    CheckpointError
        With the names of missing, unexpected or differently shaped entries.
    """
    own = net.state_dict()
    # Files older than BatchNorm's counter are whole without it.
    counters = [name for name in own if name.endswith("num_batches_tracked") and name not in state]
    given = {**state, **{name: torch.zeros_like(own[name]) for name in counters}}
    missing = [name for name in own if name not in given]
    extra = [name for name in given if name not in own]
    shapes = [
        f"{name} is {tuple(given[name].shape)} instead of {tuple(own[name].shape)}"
        for name in own
        if name in given and given[name].shape != own[name].shape
    ]
    if (missing or extra or shapes) and is_cifar_backbone(state):
        raise CheckpointError(
            path,
            "a 10-class CIFAR backbone, not a fracture model: "
            + _differences(missing, extra, shapes),
            "Use the fine-tuned file, or train a head on it first",
        )
    if missing or extra or shapes:
        raise CheckpointError(
            path,
            "does not fit the architecture: " + _differences(missing, extra, shapes),
            "Choose the architecture that the file was made with",
        )
    cast = {name: _cast(given[name], own[name], name, path) for name in own}
    net.load_state_dict(cast, strict=True, assign=True)


def _load_torch(path: Path, kind: Format) -> Any:
    try:
        with torch.serialization.safe_globals(_numpy_scalars()):
            if kind == "zip":
                _refuse_code(path)
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(path, *holds_code("refused by torch")) from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        if is_out_of_memory(error):
            raise
        raise CheckpointError(path, "incomplete download or damaged", AGAIN) from error


def _refuse_code(path: Path) -> None:
    """Name what the file would import before a byte of its tensors is read."""
    foreign = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    if foreign:
        raise CheckpointError(path, *holds_code(_some(sorted(foreign))))


def _numpy_scalars() -> list[Any]:
    """Globals that a pickled numpy number needs; training scripts leave them beside weights."""
    from _codecs import encode

    rebuild = np.float64(0).__reduce__()[0]
    kinds = {type(np.dtype(code)) for code in ("f2", "f4", "f8", "i4", "i8", "u8", "?")}
    names = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
    return [*((rebuild, name) for name in names), np.dtype, encode, *kinds]


def _load_safetensors(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        # Copies, since the library maps the file and a file that changes would take us down.
        return {name: value.clone() for name, value in load_file(path).items()}
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(path, f"damaged ({error})", AGAIN) from error


def _unwrapped(held: Any, path: Path) -> Mapping[Any, Any]:
    for name in _WRAPPERS:
        if isinstance(held, Mapping) and isinstance(held.get(name), Mapping):
            held = held[name]
            break
    if not isinstance(held, Mapping):
        raise CheckpointError(path, f"holds a {type(held).__name__}, not a table of weights", PLAIN)
    return held


def _tensors(held: Mapping[Any, Any], path: Path) -> dict[str, Tensor]:
    if not held or not any(isinstance(value, Tensor) for value in held.values()):
        keys = _some([str(key) for key in held]) or "nothing"
        raise CheckpointError(path, f"holds no weights but {keys}", PLAIN)
    if len(held) > MAX_TENSORS:
        raise CheckpointError(path, f"holds more than {MAX_TENSORS} tensors")
    others = [str(name) for name, value in held.items() if not isinstance(value, Tensor)]
    if others:
        raise CheckpointError(path, f"holds entries that are no tensors: {_some(others)}", PLAIN)
    size = path.stat().st_size
    if sum(value.numel() * value.element_size() for value in held.values()) > size:
        raise CheckpointError(path, "claims more numbers than the file has bytes", AGAIN)
    return {str(name): value.detach() for name, value in held.items()}


def _without_prefix(state: dict[str, Tensor]) -> dict[str, Tensor]:
    for prefix in _PREFIXES:
        while all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): value for name, value in state.items()}
    return state


def _check(state: Mapping[str, Tensor], path: Path) -> None:
    odd = [
        f"{name} ({str(value.dtype).removeprefix('torch.')}"
        + ("" if value.layout == torch.strided and not value.is_meta else ", not dense")
        + ")"
        for name, value in state.items()
        if value.dtype not in _DTYPES or value.layout != torch.strided or value.is_meta
    ]
    if odd:
        raise CheckpointError(
            path, f"holds numbers of an unusable type: {_some(odd)}", "Save it as float32"
        )
    broken = [name for name, value in state.items() if not is_finite(value)]
    if broken:
        raise CheckpointError(
            path, f"holds numbers that are not finite in {_some(broken)}", "Use an earlier save"
        )


def is_finite(value: Tensor) -> bool:
    """Whether a tensor holds neither NaN nor infinity; one pass, no copy."""
    if not value.is_floating_point() or not value.numel():
        return True
    low, high = torch.aminmax(value)
    return math.isfinite(low.item()) and math.isfinite(high.item())


def _cast(value: Tensor, own: Tensor, name: str, path: Path) -> Tensor:
    if value.is_floating_point() != own.is_floating_point():
        raise CheckpointError(
            path, f"{name} holds {value.dtype} instead of {own.dtype}", "Save it as float32"
        )
    cast = value.to(own.dtype).contiguous()
    if cast.dtype != value.dtype and not is_finite(cast):
        raise CheckpointError(path, f"{name} does not fit into {own.dtype}", "Save it as float32")
    return cast


def _differences(missing: Sequence[str], extra: Sequence[str], shapes: Sequence[str]) -> str:
    parts = []
    if missing:
        parts.append(f"{len(missing)} entries are missing ({_some(missing)})")
    if extra:
        parts.append(f"{len(extra)} are not expected ({_some(extra)})")
    if shapes:
        parts.append(_some(shapes))
    return "; ".join(parts)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
