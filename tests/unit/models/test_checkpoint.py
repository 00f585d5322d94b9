"""Weights from outside: what is read, and that everything else is refused in plain words."""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fracview.errors import CheckpointError
from fracview.models.checkpoint import load_into, read_state
from fracview.models.zoo.robustbench import SOURCE


def small_net() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    own = small_net().state_dict()
    return {
        key: torch.rand(value.shape, generator=generator) if value.is_floating_point() else value
        for key, value in own.items()
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "weights.pth"


def refused(file: Path, match: str) -> CheckpointError:
    start = time.process_time()
    with pytest.raises(CheckpointError, match=match) as caught:
        read_state(file)
    assert time.process_time() - start < 2
    assert str(caught.value).startswith(file.name)
    assert "\n" not in str(caught.value)
    return caught.value


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return list(first) == list(second) and all(torch.equal(first[k], second[k]) for k in first)


def test_reads_all_three_formats(file: Path, state: dict[str, torch.Tensor]) -> None:
    torch.save(state, file)
    assert same(read_state(file), state)
    torch.save(state, file, _use_new_zipfile_serialization=False)
    assert same(read_state(file), state)
    save_file(state, file)  # the name says .pth; the content decides
    held = read_state(file)
    assert {k: v.tolist() for k, v in held.items()} == {k: v.tolist() for k, v in state.items()}


def test_safetensors_does_not_stay_mapped(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    file = tmp_path / "a.safetensors"
    save_file(state, file)
    held = read_state(file)
    before = {k: v.clone() for k, v in held.items()}
    file.write_bytes(b"\0" * file.stat().st_size)
    assert same(held, before)


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict"])
@pytest.mark.parametrize("prefix", ["", "module.", "module.module.", "_orig_mod."])
def test_takes_wrappers_and_prefixes_off(
    file: Path, state: dict[str, torch.Tensor], wrapper: str, prefix: str
) -> None:
    named = {prefix + key: value for key, value in state.items()}
    torch.save({wrapper: named, "epoch": 3, "best": 0.5}, file)
    assert same(read_state(file), state)


def test_numpy_numbers_beside_weights_are_harmless(
    file: Path, state: dict[str, torch.Tensor]
) -> None:
    beside = {"accuracy": np.float64(0.9), "loss": np.float32(1), "epoch": np.int64(3)}
    for modern in (True, False):
        torch.save({"state_dict": state, **beside}, file, _use_new_zipfile_serialization=modern)
        assert same(read_state(file), state)


def test_old_names_of_numpy_are_harmless(file: Path, state: dict[str, torch.Tensor]) -> None:
    torch.save({"state_dict": state, "accuracy": np.float64(0.9)}, file)
    with zipfile.ZipFile(file) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            content = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
            archive.writestr(name, content)
    assert same(read_state(file), state)


class Evil:
    """Leaves a mark if it is ever run."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("modern", [True, False])
def test_code_is_not_run(file: Path, tmp_path: Path, modern: bool) -> None:
    mark = tmp_path / "mark"
    torch.save({"a": torch.ones(1), "b": Evil(mark)}, file, _use_new_zipfile_serialization=modern)
    refused(file, "holds code or a whole module.*only plain weights are read")
    file.write_bytes(pickle.dumps(Evil(mark)))
    refused(file, "holds code or a whole module")
    assert not mark.exists()


@pytest.mark.parametrize("modern", [True, False])
def test_whole_module_and_namespace(file: Path, modern: bool) -> None:
    torch.save(small_net(), file, _use_new_zipfile_serialization=modern)
    error = refused(file, "holds code or a whole module")
    assert "state_dict" in error.remedy
    torch.save({"args": argparse.Namespace(lr=1), "state_dict": {}}, file)
    refused(file, "argparse.Namespace")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript(file: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), file)
    refused(file, "TorchScript")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "the file is empty"),
        (b"\n <!DOCTYPE html><html><body>quota exceeded</body></html>", "a web page"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 146000000\n",
            "git-lfs pointer to 146,000,000 bytes",
        ),
        (b"GIF89a and so on and so on", "not a file of weights"),
        (b"{}", "not a file of weights"),
    ],
)
def test_things_that_are_no_weights(file: Path, content: bytes, match: str) -> None:
    file.write_bytes(content)
    refused(file, match)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    refused(tmp_path / "absent.pth", "no such file")
    refused(tmp_path, "no such file")


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_truncated(tmp_path: Path, share: float) -> None:
    state = {f"layer{i}": torch.rand(64, 64) for i in range(6)}
    file = tmp_path / "w.pth"
    for modern in (True, False):
        torch.save(state, file, _use_new_zipfile_serialization=modern)
        whole = file.read_bytes()
        file.write_bytes(whole[: int(len(whole) * share)])
        refused(file, "incomplete download")
    save_file(state, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    refused(file, f"incomplete download \\({int(len(whole) * share):,} of {len(whole):,} bytes\\)")


def test_compressed_zip(file: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(1000)}, buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    refused(file, "compressed inside")


def test_other_archive(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "text")
    refused(file, "not one of torch.save")


def test_giant_of_stride_zero(file: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(2**33)}, file)
    refused(file, "claims more numbers than the file has bytes")


def test_many_views_of_one_storage(file: Path) -> None:
    storage = torch.zeros(1000)
    torch.save({str(index): storage for index in range(1000)}, file)
    refused(file, "claims more numbers")


def test_too_many_tensors(file: Path) -> None:
    entry = '"t%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}'
    header = ("{" + ",".join(entry % index for index in range(25_000)) + "}").encode()
    file.write_bytes(struct.pack("<Q", len(header)) + header)
    refused(file, "more than 20000 tensors")
    file.write_bytes(struct.pack("<Q", 67_000_000) + b"{" + b" " * 67_000_000)  # a million of them
    refused(file, "more than 20000 tensors")


@pytest.mark.parametrize(
    "header", [b"{", b"{}x", b'{"a": 3}', b'{"a": {"data_offsets": ["x", 2]}}']
)
def test_damaged_safetensors(file: Path, header: bytes) -> None:
    file.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 64)
    refused(file, "damaged")


def test_overlapping_safetensors(file: Path) -> None:
    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    header = json.dumps({"a": entry, "b": entry}).encode()
    file.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 16)
    refused(file, "damaged")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_not_finite(file: Path, bad: float, dtype: torch.dtype) -> None:
    weights = torch.ones(50, dtype=dtype)
    weights[37] = bad
    torch.save({"fine": torch.ones(3), "broken.weight": weights}, file)
    refused(file, "not finite in broken.weight")


@pytest.mark.parametrize(
    "value",
    [
        torch.zeros(3, dtype=torch.complex64),
        torch.zeros(3, dtype=torch.uint8),
        torch.zeros(3).to_sparse(),
        torch.zeros(3, device="meta"),
        torch.zeros(64).to(torch.float8_e4m3fn),
    ],
)
def test_wrong_types(file: Path, value: torch.Tensor) -> None:
    torch.save({"odd": value, "a": torch.zeros(9)}, file)
    refused(file, "unusable type: odd|claims more numbers|holds code")


def test_no_table_of_tensors(file: Path) -> None:
    torch.save(torch.ones(3), file)
    refused(file, "holds a Tensor, not a table of weights")
    torch.save({"epoch": 3, "lr": 0.1}, file)
    refused(file, "holds no weights but epoch, lr")
    torch.save({"a": torch.ones(2), "epoch": 3}, file)
    refused(file, "entries that are no tensors: epoch")


def test_load_into_takes_them_over(state: dict[str, torch.Tensor]) -> None:
    net = small_net()
    load_into(net, state, Path("w.pth"))
    assert same(net.state_dict(), state)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_the_nets(
    state: dict[str, torch.Tensor], dtype: torch.dtype
) -> None:
    net = small_net()
    other = {k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()}
    load_into(net, other, Path("w"))
    for key, value in net.state_dict().items():
        if value.is_floating_point():
            assert value.dtype == torch.float32
            assert torch.equal(value, state[key].to(dtype).float())


def test_too_large_for_single_precision(state: dict[str, torch.Tensor]) -> None:
    state["0.weight"] = torch.full((4, 3), 1e300, dtype=torch.float64)
    with pytest.raises(CheckpointError, match=r"0\.weight does not fit"):
        load_into(small_net(), state, Path("w"))


def test_whole_numbers_are_no_weights(state: dict[str, torch.Tensor]) -> None:
    state["0.weight"] = torch.ones(4, 3, dtype=torch.int64)
    with pytest.raises(CheckpointError, match=r"0\.weight holds torch\.int64"):
        load_into(small_net(), state, Path("w"))


def test_names_differences(state: dict[str, torch.Tensor]) -> None:
    for key in ("0.weight", "0.bias"):
        state[f"first.{key}"] = state.pop(key)
    state["2.bias"] = torch.ones(5)
    with pytest.raises(CheckpointError) as caught:
        load_into(small_net(), state, Path("dir/w.pth"))
    text = str(caught.value)
    assert "2 entries are missing (0.weight, 0.bias)" in text
    assert "2 are not expected (first.0.weight, first.0.bias)" in text
    assert "2.bias is (5,) instead of (2,)" in text


def test_long_differences_are_counted() -> None:
    net = nn.Sequential(*(nn.Linear(1, 1) for _ in range(10)))
    with pytest.raises(CheckpointError, match=r"20 entries are missing \(.* and 16 more\)"):
        load_into(net, {}, Path("w"))


def test_missing_counters_of_old_files(state: dict[str, torch.Tensor]) -> None:
    del state["1.num_batches_tracked"]
    net = small_net()
    load_into(net, state, Path("w"))
    assert net[1].num_batches_tracked == 0


@pytest.mark.parametrize("name", ["Standard", "Rade2021Helper_extra"])
def test_cifar_backbone_is_told_apart(name: str) -> None:
    with torch.device("meta"):
        raw = SOURCE.build(name, tuple("0123456789"), {"head": "linear"}).state_dict()
        fracture = SOURCE.build(name, ("fractured", "not fractured"))
        linear = SOURCE.build(name, ("fractured", "not fractured"), {"head": "linear"})
    for net in (fracture, linear):
        with pytest.raises(CheckpointError, match="10-class CIFAR backbone, not a fracture model"):
            load_into(net, raw, Path("Standard.pt"))
