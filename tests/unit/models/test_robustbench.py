"""The six published architectures: exact sizes, names, pooling, and no import of robustbench."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from fracview.errors import CardError, ModelError, UnknownName
from fracview.models.zoo import architecture_files
from fracview.models.zoo.architecture_files import architecture_file, architecture_folder
from fracview.models.zoo.robustbench import SOURCE

CLASSES = ("fractured", "not fractured")
TEN = tuple("0123456789")
PARAMETERS = {  # with RobustBench's own head of ten classes
    "Chen2024Data_WRN_34_20": (184_531_674, 1280),
    "Zhang2020Geometry": (38_119_866, 640),
    "Huang2021Exploring_ema": (68_116_698, 512),
    "Rade2021Helper_extra": (46_160_474, 640),
    "Rebuffi2021Fixing_70_16_cutmix_extra": (266_796_506, 1024),
    "Standard": (36_479_194, 640),
}


def meta(name: str, classes: tuple[str, ...] = CLASSES, **options: str) -> nn.Module:
    with torch.device("meta"):
        return SOURCE.build(name, classes, options).eval()


def test_names() -> None:
    assert set(SOURCE.names()) == set(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_sizes_and_head(name: str) -> None:
    whole, width = PARAMETERS[name]
    linear = meta(name, TEN, head="linear")
    assert sum(p.numel() for p in linear.parameters()) == whole
    net = meta(name)
    head = net.logits if name.startswith(("Rade", "Rebuffi")) else net.fc
    assert [type(m).__name__ for m in head] == [
        "Dropout", "Linear", "ReLU", "BatchNorm1d", "Dropout", "Linear",
    ]  # fmt: skip
    assert (head[0].p, head[4].p) == (0.3, 0.5)
    assert head[1].weight.shape == (512, width)
    assert head[3].num_features == 512
    assert head[5].weight.shape == (2, 512)
    backbone = whole - 10 * width - 10
    expected = backbone + (width + 1) * 512 + 1024 + 513 * 2
    assert sum(p.numel() for p in net.parameters()) == expected


@pytest.mark.parametrize("name", PARAMETERS)
def test_names_of_parameters_are_those_of_robustbench(name: str) -> None:
    net = meta(name, TEN, head="linear")
    original = type(net).__mro__[1] if type(net).__name__.startswith("Pooled") else type(net)
    assert original.__module__.startswith("rb_arch.")
    prefix = "init_conv" if original.__name__ == "DMWideResNet" else (
        "stem_conv" if original.__name__ == "RobustWideResNet" else "conv1"
    )  # fmt: skip
    assert next(iter(net.state_dict())) == f"{prefix}.weight"
    assert not any(
        "mean" in key.split(".")[-1] and "running" not in key for key in net.state_dict()
    )


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("size", [(224, 224), (32, 32), (65, 47), (97, 98), (5, 8)])
def test_one_row_per_image_at_any_size(name: str, size: tuple[int, int]) -> None:
    assert meta(name)(torch.empty(3, 3, *size, device="meta")).shape == (3, 2)


def test_pooled_net_equals_the_original_where_that_is_right() -> None:
    """At 32 pixels the original's pooling is global, so both must agree to the bit."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        wide = architecture_file("wide_resnet").WideResNet(depth=10, widen_factor=1).eval()
        deep = architecture_file("dm_wide_resnet").DMWideResNet(depth=10, width=1).eval()
    from fracview.models.zoo.robustbench import _pooled

    x = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    for net, stem in ((wide, "wide_resnet"), (deep, "dm_wide_resnet")):
        keys = list(net.state_dict())
        with torch.no_grad():
            before = net(x)
            net.__class__ = _pooled(stem, type(net).__name__)
            after = net(x)
        assert torch.allclose(before, after, rtol=1e-6, atol=1e-6)
        assert list(net.state_dict()) == keys
        with torch.no_grad():
            assert net(torch.rand(2, 3, 63, 49)).shape == (2, 10)


def test_silu_is_the_files_swish() -> None:
    swish = architecture_file("dm_wide_resnet").Swish()
    x = torch.linspace(-9, 9, 501, dtype=torch.float64, requires_grad=True)
    assert torch.allclose(swish(x), nn.functional.silu(x), atol=1e-14, rtol=0)
    assert sum(isinstance(m, nn.SiLU) for m in meta("Rade2021Helper_extra").modules()) == 31


@pytest.mark.parametrize("name", PARAMETERS)
def test_default_cards(name: str) -> None:
    card = SOURCE.default_card(name)
    both = name.startswith(("Rade", "Rebuffi"))
    assert card.input.normalisation == ("both" if both else "outside")
    assert card.kind == ("standard" if name == "Standard" else "robust")
    assert (card.threat_model is None) == (name == "Standard")
    assert card.path is None
    assert card.architecture == name
    assert card.classes == CLASSES


def test_robustbench_itself_is_never_imported() -> None:
    code = (
        "import sys, torch; torch.set_num_threads(1)\n"
        "from fracview.models.zoo.robustbench import SOURCE\n"
        "with torch.device('meta'): SOURCE.build('Huang2021Exploring_ema', ('a', 'b'))\n"
        "bad = {'robustbench', 'torchvision', 'timm', 'pandas'} & set(sys.modules)\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_source_names_no_torch() -> None:
    code = (
        "import sys\nfrom fracview.models.zoo.robustbench import SOURCE\n"
        "SOURCE.names(), SOURCE.default_card('Standard')\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_frozen_program_takes_shipped_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = architecture_folder()
    there = tmp_path / "resources" / "robustbench"
    there.mkdir(parents=True)
    shutil.copy(here / "wide_resnet.py", there)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert architecture_folder() == there


def test_missing_robustbench_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(architecture_files, "find_spec", lambda name: None)
    monkeypatch.setattr(architecture_files, "resource", lambda *parts: Path("nowhere"))
    with pytest.raises(ModelError, match="pip install robustbench"):
        architecture_folder()


def test_unknown_names_and_options() -> None:
    with pytest.raises(UnknownName, match="Zhang2020Geometry"):
        SOURCE.build("Bartoldson", CLASSES)
    with pytest.raises(CardError, match="unknown options depth"):
        SOURCE.build("Standard", CLASSES, {"depth": 3})
    with pytest.raises(CardError, match="unknown head 'cubic'"):
        SOURCE.build("Standard", CLASSES, {"head": "cubic"})
