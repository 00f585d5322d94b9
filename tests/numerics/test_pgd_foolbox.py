"""Own PGD and FGSM against foolbox in float64."""

from __future__ import annotations

import warnings

import pytest
import torch

from fracview.attacks.fgsm import FGSM
from fracview.attacks.pgd import PGD
from fracview.task import drain
from tests.toy import toy_classifier

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    foolbox = pytest.importorskip("foolbox")

pytestmark = pytest.mark.filterwarnings("ignore")
RADII = {"Linf": (8 / 255, 2 / 255), "L2": (0.8, 0.15)}


def case(normalisation: str = "none"):
    classifier = toy_classifier(normalisation=normalisation)
    generator = torch.Generator().manual_seed(3)
    x = torch.rand((4, 3, 14, 11), generator=generator, dtype=torch.float64)
    model = foolbox.PyTorchModel(classifier.eval(), bounds=(0, 1), device="cpu")
    return classifier, model, x, classifier.logits(x).argmax(1)


@pytest.mark.parametrize("norm", ["Linf", "L2"])
@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("normalisation", ["none", "outside"])
def test_pgd(norm, targeted, normalisation):
    classifier, model, x, y = case(normalisation)
    epsilon, alpha = RADII[norm]
    label = 1 - y if targeted else y
    criterion = getattr(foolbox.criteria, "Targeted" * targeted + "Misclassification")
    reference = getattr(foolbox.attacks, f"{norm}ProjectedGradientDescentAttack")(
        abs_stepsize=alpha, steps=10, random_start=False
    )
    wanted, _, _ = reference(model, x, criterion(label), epsilons=epsilon)
    attack = PGD(norm=norm, epsilon=epsilon, step_size=alpha, random_start=False, targeted=targeted)
    ours = drain(attack(classifier, x, label)).adversarial
    assert float((ours - x).abs().max()) > 1e-3
    assert float((ours - wanted).abs().max()) < 1e-9


@pytest.mark.parametrize("norm", ["Linf", "L2"])
def test_pgd_from_the_same_random_start(norm, monkeypatch):
    classifier, model, x, y = case()
    epsilon, alpha = RADII[norm]
    attack = PGD(norm=norm, epsilon=epsilon, step_size=alpha)
    from fracview.attacks.norms import ball_around

    start = ball_around(x, attack.threat).start(attack.seed)
    reference = getattr(foolbox.attacks, f"{norm}ProjectedGradientDescentAttack")(
        abs_stepsize=alpha, steps=10, random_start=True
    )
    monkeypatch.setattr(
        type(reference), "get_random_start", lambda self, x0, eps: type(x0)(start), raising=True
    )
    wanted, _, _ = reference(model, x, foolbox.criteria.Misclassification(y), epsilons=epsilon)
    ours = drain(attack(classifier, x, y)).adversarial
    assert float((ours - wanted).abs().max()) < 1e-9


@pytest.mark.parametrize("norm", ["Linf", "L2"])
def test_fgsm(norm):
    classifier, model, x, y = case()
    epsilon = RADII[norm][0]
    reference = getattr(foolbox.attacks, f"{norm}FastGradientAttack")()
    wanted, _, _ = reference(model, x, foolbox.criteria.Misclassification(y), epsilons=epsilon)
    ours = drain(FGSM(norm=norm, epsilon=epsilon)(classifier, x, y)).adversarial
    assert float((ours - wanted).abs().max()) < 1e-9
