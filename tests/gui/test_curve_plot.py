from __future__ import annotations

import numpy as np
import pyqtgraph as pg
import pytest

from fracview.gui.views.curve_plot import CurvePlot, PlottedCurve
from fracview.gui.views.curve_style import model_style
from fracview.metrics.coverage import CoverageCurve

P = np.arange(1, 101, dtype=float)
CHANCE = CoverageCurve(P, P / 100, P / 100)
GOOD = CoverageCurve(P, np.sqrt(P / 100), np.minimum(1, 2 * P / 100))


@pytest.fixture
def plot(qtbot):
    plot = CurvePlot()
    qtbot.addWidget(plot)
    plot.resize(600, 300)
    plot.show_curves([PlottedCurve("robust", GOOD, model_style(0, 1, False))], {"chance": CHANCE})
    return plot


def lines(plot):
    items = plot.plot.getPlotItem().listDataItems()
    return [item for item in items if item.opts["pen"] is not None]


def test_curves_begin_at_nothing_and_are_drawn_in_per_cent(plot):
    chance, good = lines(plot)
    x, y = good.getData()
    assert (x[0], y[0]) == (0, 0)
    assert np.allclose(y[1:], 100 * np.sqrt(P / 100))
    assert np.allclose(chance.getData()[1][1:], P)


def test_the_legend_names_baselines_for_people_and_covers_no_data(plot):
    assert plot.names == ("robust", "chance")
    assert plot.plot.getPlotItem().legend is None
    plot.show_curves([], {"centre": CHANCE, "sobel": CHANCE})
    assert plot.names == ("centre dot", "Sobel edges")


def test_dragging_the_marker_chooses_a_whole_percentage(plot, qtbot):
    with qtbot.waitSignal(plot.percent_chosen) as chosen:
        plot.marker.setValue(23.4)
    assert chosen.args == [23.0]
    assert plot.marker.label.textItem.toPlainText() == "top 23 %"


def test_setting_the_percentage_sends_nothing(plot, qtbot):
    with qtbot.assertNotEmitted(plot.percent_chosen):
        plot.set_percent(60.0)
    assert plot.marker.value() == 60


def test_the_marker_is_kept_when_curves_change(plot):
    plot.set_percent(60.0)
    plot.show_curves([], {})
    assert plot.marker in plot.plot.getPlotItem().items
    assert plot.marker.value() == 60


def test_the_realised_area_is_drawn_where_the_rule_makes_it_differ(plot):
    curve = PlottedCurve("robust", GOOD, model_style(0, 0, False))
    plot.show_curves([curve], {"chance": CHANCE}, areas=True)
    assert len(lines(plot)) == 3
    assert np.allclose(lines(plot)[-1].getData()[1][1:], 100 * GOOD.area)


def test_models_differ_in_colour_conditions_in_dashes_methods_in_marks():
    one, other = model_style(0, 0, False), model_style(1, 0, False)
    assert one.colour != other.colour
    assert model_style(0, 0, True).dash != one.dash
    assert model_style(0, 1, False).mark != one.mark


def test_it_takes_on_the_colours_of_the_theme(plot):
    from PySide6.QtGui import QColor, QPalette

    palette = plot.palette()
    palette.setColor(QPalette.ColorRole.Base, QColor("#101010"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#fafafa"))
    plot.setPalette(palette)
    assert plot.plot.backgroundBrush().color() == QColor("#101010")
    axis = plot.plot.getPlotItem().getAxis("left")
    assert isinstance(axis, pg.AxisItem)
    assert axis.textPen().color() == QColor("#fafafa")
