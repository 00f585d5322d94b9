"""The spine, with the small seeded net."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fracview.attacks.base import AttackStep
from fracview.data.boxes import Box
from fracview.data.readers import read_radiograph
from fracview.errors import NoBoxesError, SettingError
from fracview.pipeline import AttackFrame, explain, measure, model_free, request_key
from fracview.reports.rows import settings
from fracview.request import Method, Request, load_protocol
from fracview.store import Store
from fracview.task import Progress, drain
from fracview.telling import as_frame

MODEL = "small-resnet:seed=0"
BOX = Box(10, 12, 30, 28)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "film.png"
    levels = np.random.default_rng(0).integers(0, 255, (60, 48), dtype=np.uint8)
    Image.fromarray(levels).save(path)
    return path


@pytest.fixture
def request_(film: Path) -> Request:
    return Request(str(film), read_radiograph(film).digest, MODEL)


def test_a_prediction_needs_no_attribution(request_: Request) -> None:
    answer = drain(explain(request_))
    assert answer.heatmap is None
    assert answer.attacked is None
    assert answer.prediction == answer.clean
    assert sum(answer.clean.probabilities) == pytest.approx(1)


def test_an_attack_is_a_film_and_is_run_once_for_all_methods(request_: Request) -> None:
    attacked = replace(request_, attack=Method.of("pgd", steps=3), label="fractured")
    store, frames = Store(), []

    def watch(news: Progress) -> None:
        if isinstance(news.payload, AttackFrame):
            frames.append(news.payload.step)

    for name in ("saliency", "input_x_gradient"):
        drain(explain(replace(attacked, attribution=Method(name)), store=store), watch)
    assert frames == [0, 1, 2, 3]
    answer = store.get(request_key(attacked))
    assert [frame.step for frame in answer.attacked.frames] == [0, 1, 2, 3]
    assert answer.attacked.largest_change <= 4 / 255 + 1e-6
    assert np.array_equal(answer.attacked.frames[-1].image, answer.attacked.image)


def test_the_store_answers_whatever_the_path(request_: Request) -> None:
    store = Store()
    first = drain(explain(request_, store=store))
    assert drain(explain(replace(request_, path="/gone.png"), store=store)) is first


def test_two_films_without_digest_are_told_apart(request_: Request, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    Image.fromarray(np.full((60, 48), 90, np.uint8)).save(other)
    asked = replace(request_, digest="", attribution=Method("saliency"))
    store = Store()
    first = drain(explain(asked, store=store))
    second = drain(explain(replace(asked, path=str(other)), store=store))
    assert first.clean != second.clean
    assert first.key != second.key
    assert first.request.digest == request_.digest


def test_an_attack_is_written_down_with_all_its_settings(request_: Request) -> None:
    answer = drain(explain(replace(request_, attack=Method.of("pgd", epsilon="2/255"), seed=3)))
    written = settings(answer)
    made = written["attack"]["settings"]
    assert made["epsilon"] == 2 / 255
    assert (made["steps"], made["restarts"], made["random_start"], made["seed"]) == (10, 1, True, 3)
    assert written["label"] == answer.clean.label
    assert written["image_digest"] == request_.digest


class OnMps(torch.Tensor):
    """Stands for a tensor of a device that has no float64."""

    def double(self) -> torch.Tensor:
        raise TypeError("the MPS framework doesn't support float64")

    def cpu(self) -> torch.Tensor:
        return torch.Tensor(self.tolist())


def test_a_step_is_written_down_where_the_device_has_no_float64() -> None:
    logits = torch.zeros(1, 2).as_subclass(OnMps)
    frame = as_frame(AttackStep(0, 1, 0, torch.zeros(1, 1, 4, 4), logits, torch.zeros(1)))
    assert frame.probabilities == (0.5, 0.5)


def test_a_map_lies_on_the_film_and_is_measured_at_the_input(request_: Request) -> None:
    answer = drain(explain(replace(request_, attribution=Method("saliency"))))
    heatmap = answer.heatmap
    assert heatmap is not None
    assert heatmap.values.shape == (60, 48)
    assert heatmap.reduced.shape == answer.card.input.size
    scores = measure(answer, (BOX,))
    assert scores.curve.at(100) == 1
    assert scores.curve.at(37) >= scores.curve.at(5)
    free = model_free(answer, (BOX,))
    assert free["chance"].at(37) == pytest.approx(0.37)


@pytest.mark.parametrize("boxes", [(), (Box(100, 100, 120, 120),)])
def test_coverage_needs_a_box_on_the_film(request_: Request, boxes: tuple[Box, ...]) -> None:
    answer = drain(explain(replace(request_, attribution=Method("saliency"))))
    with pytest.raises(NoBoxesError, match=r"film\.png has no box"):
        measure(answer, boxes)


def test_a_film_of_ones_own_is_a_baseline(request_: Request, film: Path) -> None:
    own = Method.of("input_x_gradient")
    steps = Method.of("integrated_gradients", steps=2, baseline=str(film))
    answer = drain(explain(replace(request_, attribution=steps)))
    nothing = answer.heatmap
    assert nothing is not None
    assert np.abs(nothing.raw).max() == 0, "a film against itself has nothing to explain"
    assert settings(answer)["baseline"] == f"film.png {request_.digest}"
    Image.fromarray(np.full((60, 48), 90, np.uint8)).save(film.with_name("own.png"))
    elsewhere = Method.of("integrated_gradients", steps=2, baseline=str(film.with_name("own.png")))
    before = drain(explain(replace(request_, attribution=elsewhere))).key
    Image.fromarray(np.full((60, 48), 91, np.uint8)).save(film.with_name("own.png"))
    assert drain(explain(replace(request_, attribution=elsewhere))).key != before
    with pytest.raises(SettingError, match="baseline is 'white'"):
        drain(explain(replace(request_, attribution=Method.of(own.name, baseline="white"))))


def test_the_published_protocol_explains_the_predicted_class_by_tiles(request_: Request) -> None:
    repo = load_protocol("repo")
    asked = replace(request_, protocol=repo, attribution=Method("integrated_gradients"))
    answer = drain(explain(asked))
    assert answer.heatmap is not None
    assert answer.card.classes[answer.heatmap.target] == answer.prediction.label
    assert answer.heatmap.reduced.shape == (224, 224)
    assert any("tiles" in note for note in answer.warnings)
    assert set(repo.warnings) <= set(answer.warnings)
    lifted = drain(explain(replace(asked, attribution=Method("deeplift"))))
    assert settings(lifted)["attribution"]["settings"]["rule"] == "captum"


def test_the_published_input_is_pillow_s_own(request_: Request, film: Path) -> None:
    answer = drain(explain(replace(request_, protocol=load_protocol("repo"))))
    levels = Image.open(film).resize((224, 224), Image.Resampling.BILINEAR)
    assert np.array_equal(answer.image[0], np.asarray(levels, np.float32) / np.float32(255))


def test_the_published_epsilon_is_a_fourth_of_a_pixel_step(request_: Request) -> None:
    repo = load_protocol("repo")
    asked = replace(request_, protocol=repo, attack=Method("pgd"), label="fractured")
    answer = drain(explain(asked))
    assert answer.attacked is not None
    assert answer.attacked.largest_change == pytest.approx(4 / 255 * 0.2470, rel=1e-3)
