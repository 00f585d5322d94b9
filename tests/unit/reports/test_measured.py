"""A card's figures as tables: every number as it stands there, old and new cards alike."""

from __future__ import annotations

from typing import Any

from fracview.reports.measured import measured_tables


def answer(**more: Any) -> dict[str, Any]:
    return {"n": 300, "accuracy": 0.67, "accuracy_interval": [0.64, 0.698], **more}


def test_an_old_card_has_one_table() -> None:
    body = {"clean": answer(auroc=0.9), "pgd": [answer(epsilon="1/255", steps=10)], "rule": "So.",
            "request": "abc"}  # fmt: skip
    (table,), rest = measured_tables(body)
    assert rest == {"request": "abc"}
    assert table.heads == ("attack", "epsilon", "n", "accuracy", "AUROC")
    assert table.rows[0] == ("clean", "", "300", "67.0 [64.0, 69.8]", "90.0")
    assert table.rows[1] == ("PGD-10", "1/255", "300", "67.0 [64.0, 69.8]", "-")
    assert table.note == "So."
    assert table.lines() == (
        ("clean, n = 300", "accuracy 67.0 [64.0, 69.8]; AUROC 90.0"),
        ("PGD-10, 1/255, n = 300", "accuracy 67.0 [64.0, 69.8]"),
    )


def test_a_full_card() -> None:
    body = {
        "clean": answer(balanced_accuracy=0.5),
        "pgd": [answer(epsilon="1/255", steps=10)],
        "strong": [answer(epsilon="1/255", steps=50, restarts=5)],
        "gradient_free": [answer(epsilon="1/255", queries=500, beyond_strong=3)],
        "coverage": {
            "attack": "PGD-10 at 2/255",
            "rule": "Exact.",
            "rows": [
                {"map": "integrated_gradients", "condition": "clean", "n": 40, "at_5": 0.4,
                 "at_5_interval": [0.3, 0.5], "at_25": 0.7, "at_25_interval": [0.6, 0.8]},
            ],
        },
        "occlusion": {"n": 40, "fill": "blur", "difference": 1.25, "drop": 1.5,
                      "control_drop": 0.25, "difference_interval": [1.0, 1.5], "lost": 0.3,
                      "control_lost": 0.1, "margin_sd": 2.0, "detected": 30, "without_control": 2},
    }  # fmt: skip
    (answers, coverage, hidden), rest = measured_tables(body)
    assert rest == {}
    assert [row[0] for row in answers.rows] == ["clean", "PGD-10", "PGD-50 x 5",
                                                "square, 500 queries"]  # fmt: skip
    assert [row[-1] for row in answers.rows] == ["", "", "", "3"]
    assert all(len(row) == len(answers.heads) for row in answers.rows)
    assert coverage.heads[-2:] == ("top 5 %", "top 25 %")
    assert coverage.rows[0][-2:] == ("40.0 [30.0, 50.0]", "70.0 [60.0, 80.0]")
    assert hidden.rows == (
        ("40", "1.50", "0.25", "1.25 [1.00, 1.50]", "2.00", "30", "30.0", "10.0"),
    )
    assert hidden.note.endswith("2 films had no room for an equal place: in no mean.")


def test_a_number_of_zero_is_shown_where_there_are_no_columns() -> None:
    """Only what was not measured is left out of a line."""
    body = {"clean": {"n": 3, "accuracy": 0.0},
            "gradient_free": [answer(epsilon="1/255", queries=9, beyond_strong=0)]}  # fmt: skip
    (table,), _ = measured_tables(body)
    assert table.lines()[0] == ("clean, n = 3", "accuracy 0.0")
    assert table.lines()[1][1].endswith("only it fells 0")


def test_other_figures_are_left_alone() -> None:
    tables, rest = measured_tables({"subgroups": {"hand": 0.8}})
    assert tables == ()
    assert rest == {"subgroups": {"hand": 0.8}}
