"""What a person sees who gives the wrong thing: one line with a reason, never a traceback."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner, Result

from fracview.cli import app
from fracview.models.load import load_model

MODEL = "small-resnet:seed=0"
EXPLAIN = ("explain", "film.png", "--model", MODEL)
ATTACK = ("attack", "film.png", "--model", MODEL)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(code: int, sentence: str, *words: object) -> Result:
    """Run, and expect one line that holds the sentence, and nothing else."""
    result = run(*words)
    said = result.stderr.strip()
    assert result.exit_code == code, (said, result.exception)
    assert sentence in said
    assert len(said.splitlines()) == 1, said
    assert "Traceback" not in said
    assert "a mistake of fracview itself" not in said
    assert result.stdout == ""
    return result


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good film and good boxes, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    film("film.png")
    coco("coco.json")
    return tmp_path


def film(name: str, side: int = 60) -> Path:
    pixels = np.full((side, 48), 40, np.uint8)
    pixels[10:50, 20:28] = 190
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def coco(name: str, bbox: object = (18, 26, 12, 8), about: str = "film.png", **more: object) -> str:
    body = {
        "images": [{"id": 1, "file_name": about, "width": 48, "height": 60}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": bbox}],
        "categories": [{"id": 1, "name": "fractured"}],
    }
    Path(name).write_text(json.dumps({**body, **more}))
    return name


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    path.write_bytes(Path("film.png").read_bytes()[:80])


def text(path: Path) -> None:
    path.write_text("no picture at all")


def page(path: Path) -> None:
    path.write_text("<!DOCTYPE html><html>")


def dicom_without_picture(path: Path) -> None:
    path.write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 20)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def gone(path: Path) -> None:
    assert not path.exists()


FILMS: list[tuple[Callable[[Path], None], str]] = [
    (empty, "the file is empty"),
    (truncated, "truncated"),
    (text, "its content is a text file"),
    (page, "its content is a web page"),
    (dicom_without_picture, "holds no image"),
    (fifo, "a device or a pipe"),
    (dangling, "there is no such file"),
    (loop, "cannot be reached"),
    (gone, "there is no such file"),
]


@pytest.mark.parametrize(("make", "reason"), FILMS, ids=lambda item: getattr(item, "__name__", ""))
@pytest.mark.parametrize("verb", ["explain", "attack"])
def test_a_bad_film_is_named(verb: str, make: Callable[[Path], None], reason: str) -> None:
    make(Path("bad.png"))
    result = refused(1, reason, verb, "bad.png", "--model", MODEL)
    assert "bad.png" in result.stderr


def test_a_batch_goes_on_and_lists_what_it_left_out() -> None:
    for make, _ in FILMS:
        make(Path(f"{make.__name__}.png"))
    names = [f"{make.__name__}.png" for make, _ in FILMS]
    result = run("predict", *names, "film.png", "x" * 300 + ".png", "--model", MODEL, "--json")
    assert result.exit_code == 1
    assert [Path(row["image"]).name for row in json.loads(result.stdout)] == ["film.png"]
    lines = result.stderr.strip().splitlines()
    assert len(lines) == len(names) + 2
    for name, line in zip(names, lines):
        assert name in line
    assert lines[-1].endswith("10 left out, see above.")


def test_a_single_bad_film_is_a_single_line() -> None:
    empty(Path("bad.png"))
    result = run("predict", "bad.png", "--model", MODEL, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_name_of_two_lines_is_said_in_one() -> None:
    refused(1, "a b.png: there is no such file", "explain", "a\nb.png", "--model", MODEL)


def test_a_folder_without_radiographs_is_no_success() -> None:
    Path("notes").mkdir()
    Path("notes/a.txt").write_text("x")
    refused(1, "notes: there is no radiograph", "predict", "notes", "--model", MODEL)
    refused(1, "coco.json: there is no radiograph", "predict", "coco.json", "--model", MODEL)


def test_a_folder_is_no_film() -> None:
    Path("dir.png").mkdir()
    refused(1, "it is a folder", "explain", "dir.png", "--model", MODEL)


def test_a_wrong_ending_is_said_beside_the_numbers() -> None:
    film("film.jpg").rename("wrong.png")
    for verb in ("explain", "predict", "attack"):
        result = run(verb, "wrong.png", "--model", MODEL, "--json")
        assert result.exit_code == 0
        body = json.loads(result.stdout)
        row = body[0] if isinstance(body, list) else body
        assert any("JPEG" in sentence for sentence in row["warnings"]), verb


BOXES: list[tuple[str, Callable[[], object], str]] = [
    ("outside", lambda: coco("b.json", (100, 100, 5, 5)), "outside its picture"),
    ("reversed", lambda: coco("b.json", (30, 40, -10, -5)), "reversed"),
    ("nan", lambda: coco("b.json", (float("nan"), 2, 3, 4)), "not a finite number"),
    ("text", lambda: coco("b.json", ("a", 2, 3, 4)), "a text stands where a number belongs"),
    ("other", lambda: coco("b.json", about="other.png"), "says nothing of film.png"),
    ("list", lambda: coco("b.json", annotations="x"), "annotations are no list"),
    ("empty", lambda: empty(Path("b.json")), "the file is empty"),
    ("json", lambda: Path("b.json").write_text("{"), "no JSON"),
    ("deep", lambda: Path("b.json").write_text("[" * 100_000), "nested too deep"),
    ("none", lambda: Path("b.json").write_text("{}"), "no file of boxes"),
    ("fifo", lambda: os.mkfifo("b.json"), "a device or a pipe"),
    ("gone", lambda: None, "there is no such file"),
    ("folder", lambda: Path("b.json").mkdir(), "holds no file of boxes"),
]


@pytest.mark.parametrize(("make", "reason"), [b[1:] for b in BOXES], ids=[b[0] for b in BOXES])
def test_bad_boxes_are_refused(make: Callable[[], object], reason: str) -> None:
    make()
    result = refused(1, reason, *EXPLAIN, "--boxes", "b.json", "--json")
    assert "b.json" in result.stderr


def test_boxes_that_were_left_out_stand_beside_the_numbers() -> None:
    one = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [18, 26, 12, 8]}
    coco("b.json", annotations=[one, {**one, "id": 2, "bbox": [99, 99, 3, 3]}])
    result = run(*EXPLAIN, "--boxes", "b.json", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    (row,) = json.loads(result.stdout)
    assert any("annotation 2" in sentence for sentence in row["warnings"])
    assert row["coverage"] is not None


def test_no_boxes_is_said_in_json_too() -> None:
    (row,) = json.loads(run(*EXPLAIN, "--json").stdout)
    assert row["coverage"] is None
    assert any("No boxes" in sentence for sentence in row["warnings"])


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch run",)


def weights(change: Callable[[dict[str, Any]], Any]) -> Callable[[], None]:
    def make() -> None:
        state = dict(load_model(MODEL, "cpu").net.state_dict())
        torch.save(change(state), "w.pth")

    return make


def cut() -> None:
    weights(dict)()
    whole = Path("w.pth").read_bytes()
    Path("w.pth").write_bytes(whole[: len(whole) // 2])


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"
WEIGHTS: list[tuple[str, Callable[[], object], str]] = [
    ("code", weights(lambda state: {"state_dict": state, "x": Evil()}), "holds code"),
    ("pickle", lambda: Path("w.pth").write_bytes(pickle.dumps(Evil())), "holds code"),
    ("keys", weights(lambda state: {**state, "stranger": state["mean"]}), "stranger"),
    ("missing", weights(lambda state: dict(list(state.items())[:-1])), "1 entries are missing"),
    ("nan", weights(lambda state: {**state, "mean": state["mean"] * torch.nan}), "not finite"),
    ("list", weights(lambda state: [1]), "holds a list"),
    ("cut", cut, "incomplete download"),
    ("empty", lambda: empty(Path("w.pth")), "the file is empty"),
    ("page", lambda: page(Path("w.pth")), "a web page, not weights"),
    ("pointer", lambda: Path("w.pth").write_text(POINTER), "a git-lfs pointer"),
    ("fifo", lambda: os.mkfifo("w.pth"), "no such file of weights"),
    ("gone", lambda: None, "no such file of weights"),
]


@pytest.mark.parametrize(("make", "reason"), [w[1:] for w in WEIGHTS], ids=[w[0] for w in WEIGHTS])
def test_bad_weights_are_refused(make: Callable[[], object], reason: str) -> None:
    make()
    result = refused(1, reason, "predict", "film.png", "--model", "small-resnet:w.pth", "--json")
    assert "w.pth" in result.stderr
    assert not Path("run").exists(), "code in a checkpoint was run"


CARD = 'name = "c"\nsource = "small"\narchitecture = "small-resnet"\n'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{{", "not a TOML file"),
        ('name = "c"', "lacks architecture, source"),
        (CARD + "colour = 1", "unknown fields colour"),
        (CARD + 'kind = "holy"', "kind must be one of"),
        (CARD + 'classes = ["broken", "whole"]', "classes must hold 'fractured'"),
        (CARD + "options = 3", "must be tables"),
        (CARD + "warnings = [1]", "list of texts"),
        (CARD + "[weights]\nfile = 5", "weights.file must be a text"),
        (CARD + '[weights]\nseed = "x"', "weights.seed must be a whole number"),
        (CARD + '[weights]\nsha256 = "x"', "64 hexadecimal digits"),
        (CARD + "[input]\nsize = [100000, 100000]", "input.size"),
        (CARD + '[threat_model]\nepsilon = "a"', "threat_model needs"),
        (CARD, "names no weights"),
    ],
)
def test_bad_cards_are_refused(body: str, reason: str) -> None:
    Path("card.toml").write_text(body)
    result = refused(1, reason, "predict", "film.png", "--model", "card.toml")
    assert "card.toml" in result.stderr


def test_weights_of_another_hash_are_refused() -> None:
    weights(dict)()
    Path("card.toml").write_text(f'{CARD}[weights]\nfile = "w.pth"\nsha256 = "{"0" * 64}"\n')
    refused(1, "not the weights of the card", "predict", "film.png", "--model", "card.toml")


def test_a_broken_card_of_ones_own_is_listed() -> None:
    from fracview.paths import model_dir

    (model_dir() / "mine.toml").write_text("{{")
    result = run("models", "list")
    assert result.exit_code == 0
    assert "mine.toml: not a TOML file" in result.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--eps", "0"), "epsilon must be above 0"),
        (("--eps", "nan"), "epsilon must be above 0"),
        (("--eps", "four"), "not a number"),
        (("--eps", "1/0"), "not a number"),
        (("--eps", "4"), "Write 4/255"),
        (("--attack", "pgd:epsilon=none"), "not a number"),
        (("--steps", "-1"), "Steps must be from 1"),
        (("--steps", "many"), "'--steps'"),
        (("--step-size", "0"), "step size must be above 0"),
        (("--norm", "L7"), "Norm must be one of"),
        (("--restarts", "0"), "Restarts"),
        (("--attack", "magic"), "no attack is called 'magic'"),
        (("--attack", "pgd:colour=3"), "no setting 'colour'"),
        (("--attack", "pgd:channel_scale=3"), "Channel scale"),
        (("--label", "broken"), "'broken'"),
        (("--device", "toaster"), "no device is called 'toaster'"),
        (("--protocol", "paper"), "no protocol is called 'paper'"),
        (("--seed", "-1"), "'--seed'"),
        (("--colour",), "--colour"),
        (("--model", "nobody"), "no model is called 'nobody'"),
        (("--model", "small-resnet:seed=x"), "a seed is a whole number"),
    ],
)
def test_a_wrong_command_is_code_two(words: tuple[str, ...], reason: str) -> None:
    refused(2, reason, *ATTACK, *words)


@pytest.mark.parametrize("words", [("nothing",), ("predict",), ("attack", "film.png"), ("open",)])
def test_an_incomplete_command_is_one_line(words: tuple[str, ...]) -> None:
    refused(2, "--help", *words)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is CUDA here")
def test_cuda_where_there_is_none() -> None:
    refused(1, "use cpu", *ATTACK, "--device", "cuda")


@pytest.mark.parametrize(
    "line",
    ["{{", "colour = 1", "percents = 5", 'percents = ["a"]', "size = [0, 0]", "size = [1]",
     "size = [99999, 99999]", "tile = 2.5", 'warnings = "abc"', "title = 3"],
)  # fmt: skip
def test_bad_protocols_are_refused(line: str) -> None:
    Path("p.toml").write_text(line)
    refused(1, "p.toml", *EXPLAIN, "--protocol", "p.toml")


def test_a_pipe_as_a_table_does_not_hang() -> None:
    os.mkfifo("p.toml")
    refused(1, "not a TOML file", *EXPLAIN, "--protocol", "p.toml")
    refused(1, "not a TOML file", "models", "show", "p.toml")


@pytest.mark.parametrize("verb", [EXPLAIN, ATTACK])
@pytest.mark.parametrize("out", ["coco.json", "film.png/deeper"])
def test_a_file_is_no_folder_for_results(verb: tuple[str, ...], out: str) -> None:
    refused(1, "it is a file, not a folder", *verb, "--out", out)


@pytest.mark.parametrize("verb", [EXPLAIN, ATTACK])
def test_a_full_disk_leaves_nothing_half_and_the_numbers_all_the_same(
    verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    result = run(*verb, "--out", "out", "--json")
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert json.loads(result.stdout)
    assert not Path("out").exists()


def test_an_older_export_survives_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(*ATTACK, "--steps", 1, "--out", "out").exit_code == 0
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    assert run(*ATTACK, "--steps", 2, "--out", "out").exit_code == 1
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before


@pytest.mark.parametrize("count", [0, -1])
def test_no_phantoms_to_draw(count: int) -> None:
    refused(2, "number of phantoms", "phantom", "out", "--count", count)
    assert not Path("out").exists()


def test_phantoms_replace_nothing() -> None:
    film("full/film.png")
    refused(1, "not empty", "phantom", "full", "--count", 1)
    refused(1, "no folder", "phantom", "film.png", "--count", 1)
    assert os.listdir("full") == ["film.png"]


def test_training_needs_labelled_films_of_both_classes() -> None:
    film("plain/a.png")
    film("one/Fractured/a.png")
    film("two/Fractured/a.png")
    film("two/Non_fractured/a.png", side=70)
    refused(1, "no film has a label", "train", "plain", "--out", "out")
    refused(1, "none of 1 films is 'not fractured'", "train", "one", "--out", "out")
    refused(2, "both classes are needed", "train", "two", "--out", "out")
    refused(1, "there is no such folder", "train", "gone", "--out", "out")
    refused(2, "--seed", "train", "two", "--out", "out", "--seed", -1)
    refused(2, "cannot be the name", "train", "two", "--out", "out", "--name", "../x")
    assert not Path("out").exists()


def test_conversion_says_why_not() -> None:
    Path("nothing").mkdir()
    refused(2, "no annotation format is called 'x'", "convert", "coco.json", "o", "--to", "x")
    refused(1, "no file of boxes", "convert", "nothing", "o", "--to", "voc")
    refused(1, "there is no such file", "convert", "gone", "o", "--to", "voc")
    refused(1, "cannot be written", "convert", "coco.json", "film.png", "--to", "voc")
    assert Path("film.png").read_bytes().startswith(b"\x89PNG")


def test_an_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fracview.pipeline.explain", stop)
    refused(1, "stopped by you", *ATTACK, "--out", "out")
    assert not Path("out").exists()


def test_what_nobody_foresaw_is_one_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr("fracview.pipeline.explain", fail)
    result = run(*ATTACK)
    assert result.exit_code == 1
    assert "a mistake of fracview itself (ValueError: odd)" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_too_little_memory_halves_the_batch_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from fracview.models.classifier import Classifier

    forward = Classifier.forward

    def small(self: Classifier, x: torch.Tensor) -> torch.Tensor:
        if len(x) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, x)

    load_model(MODEL)  # calibrated in peace
    plain = json.loads(run(*EXPLAIN, "--method", "integrated_gradients:steps=8", "--json").stdout)
    monkeypatch.setattr(Classifier, "forward", small)
    result = run(*EXPLAIN, "--method", "integrated_gradients:steps=8", "--json")
    assert result.exit_code == 0, result.stderr
    (row,) = json.loads(result.stdout)
    assert row["completeness_error"] == pytest.approx(plain[0]["completeness_error"], abs=1e-4)
    assert any("memory ran out" in sentence.lower() for sentence in row["warnings"])


def test_no_memory_at_all_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from fracview.models.classifier import Classifier

    def never(self: Classifier, x: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    load_model(MODEL)
    monkeypatch.setattr(Classifier, "forward", never)
    refused(1, "memory ran out while small-resnet:seed=0 worked on film.png", *EXPLAIN)
