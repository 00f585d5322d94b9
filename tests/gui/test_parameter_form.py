"""A dataclass becomes a form, and the form a method."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox

from fracview.gui.widgets.parameter_form import ParameterForm, parameters_of
from fracview.gui.widgets.radius_box import RadiusBox, as_fraction
from fracview.request import Method


@dataclass(frozen=True)
class Sieve:
    """A method with a field of every kind."""

    epsilon: float = field(
        default=4 / 255, metadata={"label": "epsilon", "unit": "grey levels of 255"}
    )
    steps: int = field(default=10, metadata={"low": 1, "high": 500, "help": "How many."})
    share: float = field(default=0.25, metadata={"low": 0.0, "high": 1.0, "unit": "of the box"})
    rule: Literal["left", "middle"] = "middle"
    random: bool = True
    window: int | None = field(default=None, metadata={"low": 0, "high": 64})
    word: str = "plain"
    hidden: tuple[float, ...] | None = field(default=None, metadata={"form": False})
    seed: int = field(default=0, metadata={"high": 2**63 - 1})


@pytest.fixture
def form(qtbot):
    made = ParameterForm(Sieve)
    qtbot.addWidget(made)
    return made


def test_fields_that_a_form_can_show_are_shown(form):
    names = [p.name for p in parameters_of(Sieve)]
    assert names == ["epsilon", "steps", "share", "rule", "random", "window", "word", "seed"]
    assert isinstance(form.editor("epsilon"), RadiusBox)
    assert isinstance(form.editor("rule"), QComboBox)
    assert isinstance(form.editor("random"), QCheckBox)
    assert form.editor("steps").toolTip() == "How many."
    assert form.editor("epsilon").accessibleName() == "Epsilon"


def test_untouched_it_is_the_method_without_parameters(form):
    assert form.method("sieve") == Method("sieve")
    assert form.values()["window"] is None
    assert form.values()["epsilon"] == 4 / 255


def test_only_what_differs_goes_into_the_method(form):
    form.set_values({"steps": 20, "random": False, "rule": "left", "epsilon": 2 / 255})
    assert form.method("sieve") == Method.of(
        "sieve", steps=20, random=False, rule="left", epsilon=2 / 255
    )


def test_values_survive_the_way_through_the_form_exactly(form):
    values = {"epsilon": 1.7 / 255, "share": 0.5, "window": 5, "word": "other", "seed": 7}
    form.set_values(values)
    assert form.differing() == values


def test_a_person_s_change_is_told_once_a_program_s_never(qtbot, form):
    heard = []
    form.changed.connect(heard.append)
    form.set_values({"steps": 3})
    assert heard == []
    form.editor("random").click()
    assert [values["random"] for values in heard] == [False]
    assert heard[0]["steps"] == 3


def test_fields_can_be_left_out(qtbot):
    form = ParameterForm(Sieve, skip=("seed", "epsilon"))
    qtbot.addWidget(form)
    assert "seed" not in form.values()


@pytest.mark.parametrize("text", ["8/255", "0.03137254901960784"])
def test_a_radius_is_read_as_people_write_it(qtbot, text):
    box = RadiusBox()
    qtbot.addWidget(box)
    with qtbot.waitSignal(box.changed):
        box.line.setText(text)
        box.line.editingFinished.emit()
    assert box.value() == 8 / 255
    assert box.levels.text() == "8 of 255"


@pytest.mark.parametrize("text", ["0", "-1/255", "four", "1/0", ""])
def test_what_is_no_radius_is_refused_and_the_last_one_stays(qtbot, text):
    box = RadiusBox(4 / 255)
    qtbot.addWidget(box)
    with qtbot.waitSignal(box.refused):
        box.line.setText(text)
        box.line.editingFinished.emit()
    assert box.value() == 4 / 255
    assert box.line.text() == "4/255"


def test_leaving_the_line_untouched_changes_nothing(qtbot):
    value = 0.123456789123
    box = RadiusBox(value)
    qtbot.addWidget(box)
    box.line.editingFinished.emit()
    assert box.value() == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(4 / 255, "4/255"), (1.0, "255/255"), (0.01, "0.01"), (0.5 / 255, "0.00196078")],
)
def test_fractions(value, text):
    assert as_fraction(value) == text


@pytest.mark.parametrize("name", ["ATTACKS", "ATTRIBUTIONS"])
def test_every_method_of_the_program_has_a_form(qtbot, name):
    from fracview.attacks import ATTACKS
    from fracview.attribution import ATTRIBUTIONS

    registry = {"ATTACKS": ATTACKS, "ATTRIBUTIONS": ATTRIBUTIONS}[name]
    for method in registry:
        form = ParameterForm(registry.load(method))
        qtbot.addWidget(form)
        assert form.method(method) == Method(method)
