"""JSON that every reader of JSON can read."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from fracview.reports.files import json_text


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_does_not_know_become_null(number: float) -> None:
    text = json_text({"completeness_error": number, "rows": [(1, number)], "file": Path("a.png")})
    assert json.loads(text, parse_constant=pytest.fail) == {
        "completeness_error": None, "rows": [[1, None]], "file": "a.png",
    }  # fmt: skip
