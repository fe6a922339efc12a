"""For how long a model stays loaded, as people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.keep_alive import (
    FOR_EVER,
    keep_alive_text,
    nearest_keep_alive,
    parse_keep_alive,
)
from ollama_tui.demo.clock import keep_alive_seconds

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("1h30m", 5400),
        ("2d", 172800),
        ("1w", 604800),
        ("300", 300),
        ("2.5", 2.5),
        ("0.5h", 1800),
        (" 10M ", 600),
        ("0", 0),
        ("0m", 0),
    ],
)
def test_a_time_is_read_in_seconds(text: str, seconds: float) -> None:
    assert parse_keep_alive(text) == seconds


@pytest.mark.parametrize("text", ["forever", "FOR EVER", "pinned", "-1", " -1 "])
def test_for_ever_has_several_words(text: str) -> None:
    assert parse_keep_alive(text) == FOR_EVER


@pytest.mark.parametrize(
    "text", ["", "soon", "1x", "m", "-5m", "-2", "1h 30m", "30m!", "nan", "inf", "1e3", "11y"]
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a time to stay loaded") as refused:
        parse_keep_alive(text)

    assert "1h30m" in refused.value.remedy


@pytest.mark.parametrize("text", ["9" * 400, "99999d", "9" * 400 + "h"])
def test_a_time_beyond_ten_years_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_keep_alive(text)


def test_what_was_written_is_told_short_and_without_control_characters() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_keep_alive("\x1b[2J" + "x" * 500)

    assert "\x1b" not in str(refused.value)
    assert len(refused.value.what) < 90


@given(st.integers(0, 1000), st.sampled_from(sorted(_UNITS)))
def test_a_number_with_a_unit_is_that_many_units(number: int, unit: str) -> None:
    if number * _UNITS[unit] <= 10 * 365 * 86400:
        assert parse_keep_alive(f"{number}{unit}") == number * _UNITS[unit]


@given(st.text())
def test_any_text_is_a_time_or_is_refused(text: str) -> None:
    try:
        seconds = parse_keep_alive(text)
    except InvalidInput:
        return

    # Ollama takes such a number; as a text, "300" and "-1" would be a 400.
    assert keep_alive_seconds(seconds) is not None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (300, "5m"),
        (5400, "90m"),
        (7200, "2h"),
        (86400, "1d"),
        (90, "90s"),
        (1.5, "1.5s"),
        (0, "0s"),
        (FOR_EVER, "forever"),
    ],
)
def test_seconds_are_written_in_the_longest_unit_that_is_exact(seconds: float, text: str) -> None:
    assert keep_alive_text(seconds) == text


@given(st.integers(0, 10 * 365 * 86400))
def test_what_is_written_is_read_as_the_same(seconds: int) -> None:
    assert parse_keep_alive(keep_alive_text(seconds)) == seconds


class TestTheNearest:
    CHOICES = (300.0, 1800.0, FOR_EVER)

    @pytest.mark.parametrize(
        ("left", "choice"),
        [
            (10, 300),
            (300, 300),
            (301, 300),
            (700, 1800),
            (1800, 1800),
            (7200, FOR_EVER),
            (FOR_EVER, FOR_EVER),
        ],
    )
    def test_it_is_the_shortest_that_is_long_enough(self, left: float, choice: float) -> None:
        assert nearest_keep_alive(self.CHOICES, left) == choice

    def test_the_order_of_the_choices_does_not_matter(self) -> None:
        assert nearest_keep_alive((FOR_EVER, 1800.0, 300.0), 700) == 1800

    def test_it_is_the_longest_where_none_is_long_enough(self) -> None:
        assert nearest_keep_alive((1800.0, 300.0), 7200) == 1800
        assert nearest_keep_alive((1800.0, 300.0), FOR_EVER) == 1800

    def test_it_is_the_first_where_nothing_is_known(self) -> None:
        assert nearest_keep_alive((1800.0, 300.0), None) == 1800
