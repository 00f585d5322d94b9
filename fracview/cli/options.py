"""Options that several verbs share, and the way from text to methods."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fracview.errors import SettingError
from fracview.request import Method, Scalar, parse_epsilon

# ``readable=False`` on paths: readers say better than typer what is wrong with a file, and a batch
# goes on without it.
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", min=0, max=2**31 - 1, help="Root of all randomness; stored with results."
    ),
]
Device = Annotated[
    str | None, typer.Option("--device", help="cuda, mps or cpu; the best there is if not given.")
]
MODEL_HELP = "A card's name, a card file, ARCHITECTURE:weights-file or ARCHITECTURE:seed=0."
Model = Annotated[str, typer.Option("--model", "-m", help=MODEL_HELP)]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m",
        help=MODEL_HELP + " Repeatable. If none: the pair for real films, or for phantoms.",
    ),
]  # fmt: skip
IncludeSeen = Annotated[
    bool,
    typer.Option(
        "--include-seen", help="Keep films that a model has seen in training, and say so."
    ),
]
Label = Annotated[
    str | None,
    typer.Option("--label", help="True class, such as fractured; the predicted one if not given."),
]
Eps = Annotated[
    str, typer.Option("--eps", "--epsilon", help="Radius in pixel units, such as 4/255.")
]
StepSize = Annotated[
    str | None, typer.Option("--step-size", help="Step in pixel units, such as 1/255.")
]
Steps = Annotated[int | None, typer.Option("--steps", help="Number of steps.")]
Norm = Annotated[str | None, typer.Option("--norm", help="Linf or L2.")]
Restarts = Annotated[int | None, typer.Option("--restarts", help="Random restarts.")]
Targeted = Annotated[bool, typer.Option("--targeted", help="Seek the label instead of fleeing it.")]
Tied = Annotated[bool, typer.Option("--tied", help="Same change in all channels (stays grey).")]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", readable=False, help="Folder for figures and tables.")
]
ProtocolName = Annotated[
    str, typer.Option("--protocol", help="corrected, repo (as published), or a TOML file.")
]
Controls = Annotated[
    int, typer.Option("--controls", help="Equal places elsewhere that are hidden as control.")
]


def chosen_models(models: list[str] | None, paths: list[Path]) -> tuple[str, ...]:
    """Models that were named, or the pair that fits what is looked at."""
    from fracview.models.shelf import default_pair

    return tuple(models) if models else default_pair(paths)


def parse_method(text: str) -> Method:
    """Read ``name`` or ``name:key=value,key=value``, as in ``integrated_gradients:steps=100``.

    Raises
    ------
    SettingError
        If a pair is not ``key=value``.
    """
    name, _, rest = text.partition(":")
    settings: dict[str, Scalar] = {}
    for pair in filter(None, rest.split(",")):
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise SettingError(f"'{pair}' in '{text}' is not key=value.")
        settings[key.strip().replace("-", "_")] = _scalar(value.strip())
    return Method.of(name.strip().replace("-", "_"), **settings)


def attack_method(
    text: str,
    eps: str,
    step_size: str | None,
    steps: int | None,
    norm: str | None = None,
    restarts: int | None = None,
    targeted: bool = False,
    tied: bool = False,
) -> Method:
    """Put the attack options together; only what was said goes in, the rest are defaults."""
    method = parse_method(text)
    said: dict[str, Scalar] = {"epsilon": parse_epsilon(eps)}
    if step_size is not None:
        said["step_size"] = parse_epsilon(step_size, "step size")
    for key, value in (("steps", steps), ("norm", norm), ("restarts", restarts)):
        if value is not None:
            said[key] = value
    if targeted:
        said["targeted"] = True
    if tied:
        said["tied"] = True
    said |= method.settings()
    if method.name == "pgd" and said.get("norm") == "L2" and "step_size" not in said:
        # A step of one grey level per pixel is nothing in L2: the usual choice fills the ball.
        count = said.get("steps")
        count = count if isinstance(count, int) and count > 0 else 10
        said["step_size"] = 2.5 * parse_epsilon(str(said["epsilon"])) / count
    return Method.of(method.name, **said)


def _scalar(text: str) -> Scalar:
    lowered = text.lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    if lowered == "none":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    if "/" in text:
        return parse_epsilon(text, "a value")
    return text
