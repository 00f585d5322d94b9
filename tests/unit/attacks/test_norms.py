"""The balls: start, step, projection, channel scale, tying."""

from __future__ import annotations

import pytest
import torch

from fracview.attacks.norms import ball_around
from fracview.errors import SettingError
from fracview.request import ThreatModel

STD = (0.2470, 0.2435, 0.2616)


def images(count: int = 3, channels: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand((count, channels, 6, 5), generator=generator, dtype=torch.float64)


def norm(delta: torch.Tensor) -> torch.Tensor:
    return torch.linalg.vector_norm(delta.flatten(1), dim=1)


@pytest.mark.parametrize("kind", ["Linf", "L2"])
@pytest.mark.parametrize("tied", [False, True])
def test_zero_radius_is_the_clean_image(kind, tied):
    x = images()
    ball = ball_around(x, ThreatModel(kind, 0.0, None, tied))
    assert torch.equal(ball.start(0), x)
    assert torch.equal(ball.move(x, torch.randn_like(x), 0.1), x)


@pytest.mark.parametrize("kind", ["Linf", "L2"])
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("scale", [None, STD])
def test_points_stay_in_ball_and_range(kind, tied, scale):
    x, epsilon = images(), 0.3
    ball = ball_around(x, ThreatModel(kind, epsilon, scale, tied))
    factors = torch.tensor(scale or (1.0,) * 3, dtype=x.dtype).view(1, -1, 1, 1)
    for point in (ball.start(3), ball.move(ball.start(4), torch.randn_like(x), 5.0)):
        delta = (point - x) / factors
        size = delta.abs().amax((1, 2, 3)) if kind == "Linf" else norm(delta)
        assert bool((size <= epsilon * (1 + 1e-12)).all())
        assert bool((point >= 0).all() & (point <= 1).all())
        if tied:
            change = point - x
            assert float((change - change[:, :1]).abs().max()) < 1e-15
            assert float(change.abs().max()) > 0


def test_start_fills_the_balls():
    grey = torch.full((200, 1, 2, 2), 0.5, dtype=torch.float64)
    grey += torch.linspace(0, 1e-3, 200, dtype=torch.float64).view(-1, 1, 1, 1)
    for kind, power in (("Linf", 1), ("L2", 4)):
        delta = ball_around(grey, ThreatModel(kind, 0.1)).start(0) - grey
        size = delta.abs() if kind == "Linf" else norm(delta)
        share = ((size / 0.1) ** power).flatten()
        # Uniform in the ball: this power of the radius is uniform in 0..1.
        assert abs(float(share.mean()) - 0.5) < 0.07
        assert float(share.max()) > 0.95


def test_start_does_not_depend_on_the_batch_but_on_seed_restart_and_image():
    x = images()
    threat = ThreatModel("Linf", 0.1)
    together = ball_around(x, threat).start(5)
    alone = ball_around(x[1:2], threat).start(5)
    assert torch.equal(together[1:2], alone)
    assert not torch.equal(alone, ball_around(x[1:2], threat).start(6))
    assert not torch.equal(alone, ball_around(x[1:2], threat).start(5, restart=1))
    noise = (together - x)[:, :, 2, 2]
    assert not torch.allclose(noise[0], noise[1])


def test_projection_is_the_nearest_point_of_the_l2_ball():
    x = torch.full((1, 3, 4, 4), 0.5, dtype=torch.float64)
    ball = ball_around(x, ThreatModel("L2", 0.2))
    far = x + torch.randn_like(x) * 0.1
    near = ball.project(far)
    assert float(norm(near - x)) == pytest.approx(0.2, rel=1e-12)
    wanted = x + (far - x) * 0.2 / norm(far - x)
    assert torch.allclose(near, wanted, atol=1e-15)
    inside = x + 0.001
    assert torch.allclose(ball.project(inside), inside, atol=1e-15)


def test_a_zero_gradient_does_not_move_or_divide_by_zero():
    x = images()
    for kind in ("Linf", "L2"):
        ball = ball_around(x, ThreatModel(kind, 0.1))
        assert torch.equal(ball.move(x, torch.zeros_like(x), 0.05), x)


def test_wrong_scale_and_norm_are_named():
    with pytest.raises(SettingError, match="3 positive"):
        ball_around(images(), ThreatModel("Linf", 0.1, (1.0,)))
    with pytest.raises(SettingError, match="L1"):
        ball_around(images(), ThreatModel("L1", 0.1))
