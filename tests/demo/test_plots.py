"""The drawing surface: scales put values where they belong, text cannot break the page."""

import pytest
from play.plots.svg import Figure, linear, logarithmic, ticks


def test_a_linear_scale_maps_its_ends_and_the_middle():
    scale = linear(0, 10, 100, 200)
    assert [scale(0), scale(5), scale(10)] == [100, 150, 200]


def test_an_empty_span_maps_to_the_start():
    assert linear(3, 3, 100, 200)(3) == 100


def test_a_logarithmic_scale_gives_each_decade_the_same_width():
    scale = logarithmic(0.1, 10, 0, 200)
    assert [round(scale(x)) for x in (0.1, 1, 10)] == [0, 100, 200]
    assert scale(0) == 0


@pytest.mark.parametrize(
    ("high", "marks"), [(6, [0, 1, 2, 3, 4, 5, 6]), (0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5])]
)
def test_ticks_are_round_values_up_to_the_highest(high, marks):
    assert ticks(high) == pytest.approx(marks)


def test_text_is_escaped():
    figure = Figure(10, 10, 'a "label"')
    figure.text(0, 0, "<b>")
    figure.rect(0, 0, 1, 1, "#fff", note="a & b")
    drawn = figure.render()
    assert "&lt;b&gt;" in drawn
    assert "a &amp; b" in drawn
    assert 'aria-label="a &quot;label&quot;"' in drawn
