"""One line of the table: a figure, its interval, the rule, and whether it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from fracview.metrics.statistics import Estimate


@dataclass(frozen=True)
class Verdict:
    """What a test found.

    Parameters
    ----------
    test
        Name of the test, and of the model where one was asked.
    figure
        What was measured.
    estimate
        Value, interval and number of films.
    rule
        When the test is passed, in words.
    passed
        Whether it is; None for a figure that is only shown.
    digits
        Decimals to show.
    """

    test: str
    figure: str
    estimate: Estimate
    rule: str = ""
    passed: bool | None = None
    digits: int = field(default=3, compare=False)

    @property
    def failed(self) -> bool:
        """Whether there is a rule and it is broken."""
        return self.passed is not None and not self.passed

    @property
    def value(self) -> str:
        """The figure as text."""
        return f"{self.estimate.mean:.{self.digits}f}"

    @property
    def interval(self) -> str:
        """The interval as text; empty where there is none."""
        low, high = self.estimate.low, self.estimate.high
        if low is None or high is None:
            return ""
        return f"[{low:.{self.digits}f}, {high:.{self.digits}f}]"


def no_better_than_chance(test: str, figure: str, area: Estimate, below: float = 1.0) -> Verdict:
    """Judge an area under the curve: its interval begins at or under .5 and ends below a limit.

    A whole interval under .5 is no leak. Without any signal a cross-validated area lies below .5
    more often than above: what speaks for a class in the fold that is left out speaks against it
    in the others.
    """
    assert area.low is not None
    assert area.high is not None
    rule = "begins at .5 or under" + (f", ends below {below:g}" if below < 1 else "")
    return Verdict(test, figure, area, rule, area.low <= 0.5 and area.high < below)
