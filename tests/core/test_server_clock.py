"""Times as servers write them, and clocks that are off."""

from __future__ import annotations

import math
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.server_clock import moment, seconds_ahead

NOW = 1_787_349_898.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-08-21T15:04:58.123456789-07:00", 1787349898.123456),
        ("2026-08-21T22:04:58Z", 1787349898.0),
        ("2026-08-21T22:04:58.5Z", 1787349898.5),
        ("2318-04-06T01:46:40Z", 10_990_000_000.0),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", 253402351199.0),
        ("0001-01-01T00:00:00", None),
        ("1969-12-31T23:59:59Z", None),
        ("", None),
        ("soon", None),
        (None, None),
        (7, None),
    ],
)
def test_times_as_go_writes_them(text: object, seconds: float | None) -> None:
    assert moment(text) == (seconds if seconds is None else pytest.approx(seconds))


@given(st.text() | st.datetimes().map(str) | st.datetimes().map(lambda d: f"{d.isoformat()}Z"))
def test_any_time_is_after_1970_or_none(text: str) -> None:
    found = moment(text)

    assert found is None or 0 < found < 253_402_387_200


@pytest.mark.parametrize(
    ("ahead", "before", "found"),
    [(0, 0, 0), (59, 0, 0), (-59, 0, 0), (3600, 0, 3600), (-7200, 0, -7200),
     (3630, 3600, 3600), (3700, 3600, 3700), (1, 3600, 0)],
)  # fmt: skip
def test_clocks_that_differ_by_less_than_a_minute_are_alike(
    ahead: float, before: float, found: float
) -> None:
    date = formatdate(NOW + ahead, usegmt=True)

    assert seconds_ahead(date, NOW, before) == found


@given(st.text())
def test_what_is_no_date_leaves_what_was_known(date: str) -> None:
    found = seconds_ahead(date, NOW, 3600.0)

    assert math.isfinite(found)


@pytest.mark.parametrize("date", ["", "soon", "Tue, 99 Nov 2026 07:42:05 GMT", "0", "\x00"])
def test_of_no_date_nothing_is_learned(date: str) -> None:
    assert seconds_ahead(date, NOW, 3600.0) == 3600.0
