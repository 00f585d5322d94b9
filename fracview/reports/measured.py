"""The measured figures of a card as tables for people, in any kind of output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANSWERS = ("accuracy", "balanced_accuracy", "sensitivity", "specificity", "auroc")
ATTACKS = ("pgd", "strong", "gradient_free")
_HEADS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "auroc": "AUROC",
}


@dataclass(frozen=True)
class FigureTable:
    """A table ready to be shown.

    Parameters
    ----------
    title
        What is measured.
    heads
        Of the columns.
    rows
        Texts, one per column.
    note
        What a reader must know, or "".
    labels
        Number of columns that name a row.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    labels: int = 3

    def lines(self) -> tuple[tuple[str, str], ...]:
        """The same where there is no room for columns: what a row is, and what was measured."""
        found = []
        for row in self.rows:
            cells = [(head, cell) for head, cell in zip(self.heads, row) if cell not in ("", "-")]
            names = self.heads[: self.labels]
            named = [
                f"n = {cell}" if head == "n" else cell for head, cell in cells if head in names
            ]
            values = [f"{head} {cell}" for head, cell in cells if head not in names]
            found.append((", ".join(named), "; ".join(values)))
        return tuple(found)


def measured_tables(
    measured: Mapping[str, Any],
) -> tuple[tuple[FigureTable, ...], dict[str, Any]]:
    """Bring a card's figures into tables.

    Parameters
    ----------
    measured
        :attr:`fracview.models.card.ModelCard.measured`, as :mod:`fracview.training.measure` or an
        older version wrote it.

    Returns
    -------
    tables
        Answers clean and under attack; coverage; box-occlusion test: those that there are.
    rest
        What none of them shows.
    """
    rest = dict(measured)
    tables = [
        *_answers(rest),
        *_coverage(rest.pop("coverage", None)),
        *_occlusion(rest.pop("occlusion", None)),
    ]
    return tuple(tables), rest


def share(row: Mapping[str, Any], name: str) -> str:
    """A share in per cent, ``67.0 [64.0, 69.8]``, or ``-`` where it was not measured."""
    return _with_interval(row, name, 100.0, 1)


def _with_interval(row: Mapping[str, Any], name: str, scale: float, digits: int) -> str:
    if name not in row:
        return "-"
    text = f"{scale * row[name]:.{digits}f}"
    ends = [f"{scale * end:.{digits}f}" for end in row.get(f"{name}_interval", ())]
    return f"{text} [{', '.join(ends)}]" if ends else text


def attack_title(name: str, row: Mapping[str, Any]) -> str:
    """``PGD-50 x 5``, ``square, 500 queries``: the attack of a row of a card's table."""
    if name == "gradient_free":
        return f"square, {row['queries']} queries" if "queries" in row else "square"
    restarts = f" x {row['restarts']}" if row.get("restarts", 1) != 1 else ""
    return f"PGD-{row.get('steps', '?')}{restarts}"


def _answers(rest: dict[str, Any]) -> Iterable[FigureTable]:
    lines: list[tuple[str, str, Mapping[str, Any]]] = []
    clean = rest.pop("clean", None)
    if isinstance(clean, dict):
        lines.append(("clean", "", clean))
    for name in ATTACKS:
        rows = rest.pop(name, ())
        lines += [(attack_title(name, row), str(row["epsilon"]), row) for row in rows]
    if not lines:
        return
    columns = [name for name in ANSWERS if any(name in row for *_, row in lines)]
    beyond = any("beyond_strong" in row for *_, row in lines)
    heads = ("attack", "epsilon", "n", *(_HEADS[name] for name in columns))
    yield FigureTable(
        "Answers in per cent [95 % interval]",
        (*heads, "only it fells") if beyond else heads,
        tuple(
            (title, epsilon, str(row.get("n", "?")), *(share(row, name) for name in columns))
            + ((str(row.get("beyond_strong", "")),) if beyond else ())
            for title, epsilon, row in lines
        ),
        str(rest.pop("rule", "")),
    )


def _coverage(table: Any) -> Iterable[FigureTable]:
    if not isinstance(table, dict) or not table.get("rows"):
        return
    rows = table["rows"]
    percents = [key for key in rows[0] if key.startswith("at_") and not key.endswith("interval")]
    yield FigureTable(
        f"Coverage of the box in per cent [95 % interval]; attacked: {table.get('attack', '?')}",
        ("map", "condition", "n", *(f"top {key.removeprefix('at_')} %" for key in percents)),
        tuple(
            (
                str(row["map"]).replace("_", " "),
                str(row["condition"]),
                str(row["n"]),
                *(share(row, key) for key in percents),
            )
            for row in rows
        ),
        str(table.get("rule", "")),
    )


def _occlusion(table: Any) -> Iterable[FigureTable]:
    if not isinstance(table, dict) or "difference" not in table:
        return
    names = ("drop", "control_drop", "difference")
    yield FigureTable(
        f"Box-occlusion test ({table.get('fill', '?')}): margin lost, in logits [95 % interval]",
        ("n", "box", "equal place", "difference", "margin SD", "found", "lost", "by equal place"),
        (
            (
                str(table["n"]),
                *(_with_interval(table, name, 1.0, 2) for name in (*names, "margin_sd")),
                str(table.get("detected", "?")),
                share(table, "lost"),
                share(table, "control_lost"),
            ),
        ),
        "lost: per cent of the fractures found that are no longer found when the box is hidden."
        + _without_control(table.get("without_control", 0)),
        labels=1,
    )


def _without_control(count: int) -> str:
    if not count:
        return ""
    return f" {count} film{'s' if count > 1 else ''} had no room for an equal place: in no mean."
