"""Numbers and times as words."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core import units
from ollama_tui.core.units import UNKNOWN

_NOW = 1_800_000_000.0
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FLOATS = st.floats(-1e18, 1e18)
_SIZES = st.integers(-(2**70), 2**70)


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setitem(os.environ, "TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


class TestSizes:
    @pytest.mark.parametrize(
        ("size", "words"),
        [
            (None, UNKNOWN),
            (-1, UNKNOWN),
            (0, "0 B"),
            (1, "1 B"),
            (353, "353 B"),
            (999_700, "1 MB"),
            (40_400_000, "40 MB"),
            (99_999_999, "100 MB"),
            (100_000_000, "100 MB"),
            (999_499_999, "999 MB"),
            (999_500_000, "1.0 GB"),
            (17_400_000_000, "17.4 GB"),
            (240_000_000_000, "240.0 GB"),
            (2**63 - 1, "9223372036.9 GB"),
        ],
    )
    def test_a_size_on_disk_is_in_gb_from_one_on(self, size: int | None, words: str) -> None:
        assert units.disk(size) == words

    @pytest.mark.parametrize(
        ("size", "words"),
        [
            (None, UNKNOWN),
            (-1, UNKNOWN),
            (0, "0.0 GiB"),
            (1, "1 B"),
            (9 * 2**20, "9 MiB"),
            (100 * 2**20, "100 MiB"),
            (103 * 2**20, "0.1 GiB"),
            (2**30, "1.0 GiB"),
            (20833000000, "19.4 GiB"),
        ],
    )
    def test_memory_is_in_gib_unless_that_would_be_nothing(
        self, size: int | None, words: str
    ) -> None:
        assert units.memory(size) == words

    @pytest.mark.parametrize(
        ("completed", "total", "words"),
        [
            (26_000_000_000, 42_500_000_000, ("26.0", "42.5", "GB")),
            (1_000_000, 999_600_000, ("0.0", "1.0", "GB")),
            (300_000_000, 734_000_000, ("300", "734", "MB")),
            (1_260_000, 8_900_000, ("1.3", "8.9", "MB")),
            (0, 0, ("0.0", "0.0", "MB")),
        ],
    )
    def test_a_download_has_one_unit_for_what_is_here_and_for_all_of_it(
        self, completed: int, total: int, words: tuple[str, str, str]
    ) -> None:
        assert units.arrived(completed, total) == words

    @pytest.mark.parametrize(
        ("size", "words"),
        [
            (0, "0 B"),
            (125_000_000, "125 MB"),
            (99_900_000_000, "99.9 GB"),
            (100_000_000_000, "100 GB"),
            (506e9, "506 GB"),
        ],
    )
    def test_a_great_sum_has_no_decimals(self, size: float, words: str) -> None:
        assert units.space(int(size)) == words

    @pytest.mark.parametrize(
        ("size", "words"),
        [
            (-5, "0 B"),
            (0, "0 B"),
            (13, "13 B"),
            (8_600, "8.6 kB"),
            (999_499, "999.5 kB"),
            (999_500, "1 MB"),
            (734_000_000, "734 MB"),
            (999_499_999, "999 MB"),
            (999_500_000, "1.0 GB"),
            (2_400_000_000, "2.4 GB"),
        ],
    )
    def test_a_download_is_in_the_unit_that_suits_it(self, size: float, words: str) -> None:
        assert units.transferred(size) == words

    def test_what_is_here_is_told_in_the_unit_of_the_whole(self) -> None:
        assert units.received(524_288, 125_000_000) == "1 MB"
        assert units.received(2_600_000, 43_000_000_000) == "0.0 GB"
        assert units.received(655_360, 0) == "655.4 kB"

    @pytest.mark.parametrize(
        ("speed", "words"),
        [
            (0, "0 kB/s"),
            (84_000, "84 kB/s"),
            (999_500, "1.0 MB/s"),
            (9_949_999, "9.9 MB/s"),
            (9_950_000, "10 MB/s"),
            (84_000_000, "84 MB/s"),
        ],
    )
    def test_a_speed(self, speed: float, words: str) -> None:
        assert units.rate(speed) == words

    @pytest.mark.parametrize(
        ("count", "words"),
        [
            (None, UNKNOWN),
            (0, UNKNOWN),
            (-1, UNKNOWN),
            (512, "512"),
            (1023, "1023"),
            (1024, "1k"),
            (8192, "8k"),
            (131072, "128k"),
            (1_048_575, "1M"),
            (1_048_576, "1M"),
            (10_485_760, "10M"),
        ],
    )
    def test_a_context_length(self, count: int | None, words: str) -> None:
        assert units.tokens(count) == words


class TestShares:
    @pytest.mark.parametrize(
        ("part", "words"),
        [
            (None, UNKNOWN),
            (0.0, "0 %"),
            (0.0001, "1 %"),
            (0.72, "72 %"),
            (0.994, "99 %"),
            (0.999999, "99 %"),
            (1.0, "100 %"),
        ],
    )
    def test_only_all_of_it_is_a_hundred_and_only_nothing_is_none(
        self, part: float | None, words: str
    ) -> None:
        assert units.share(part) == words


class TestTimes:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (-500, "now"),
            (59, "now"),
            (60, "1m"),
            (59 * _MINUTE, "59m"),
            (_HOUR, "1h"),
            (23.9 * _HOUR, "23h"),
            (_DAY, "1d"),
            (13.9 * _DAY, "13d"),
            (14 * _DAY, "2w"),
            (59 * _DAY, "8w"),
            (60 * _DAY, "2mo"),
            (364 * _DAY, "12mo"),
            (365 * _DAY, "1y"),
            (900 * _DAY, "2y"),
        ],
    )
    def test_an_age(self, seconds: float, words: str) -> None:
        assert units.age(_NOW - seconds, _NOW) == words

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (-5, "just now"),
            (59, "just now"),
            (119, "a minute ago"),
            (358, "5 minutes ago"),
            (3_700, "an hour ago"),
            (2.9 * _DAY, "2 days ago"),
            (27 * _DAY, "3 weeks ago"),
            (364 * _DAY, "12 months ago"),
            (900 * _DAY, "2 years ago"),
        ],
    )
    def test_an_age_in_words(self, seconds: float, words: str) -> None:
        assert units.ago(_NOW - seconds, _NOW) == words

    @pytest.mark.parametrize("moment", [None, 0.0, -62135596800.0])
    def test_a_moment_that_nobody_knows_is_unknown(self, moment: float | None) -> None:
        assert units.age(moment, _NOW) == UNKNOWN
        assert units.ago(moment, _NOW) == UNKNOWN
        assert units.date(moment) == UNKNOWN
        assert units.clock(moment) == UNKNOWN
        assert units.until(moment, _NOW) == UNKNOWN

    @pytest.mark.usefixtures("in_utc")
    def test_a_date_and_a_time_of_the_day(self) -> None:
        assert units.date(1_763_802_845.0) == "2025-11-22 09:14"
        assert units.clock(1_763_802_845.0) == "09:14"

    @pytest.mark.usefixtures("in_utc")
    def test_the_year_2318_is_a_date_and_a_moment_beyond_all_years_is_unknown(self) -> None:
        assert units.date(10_990_000_000.0) == "2318-04-06 01:46"
        assert units.date(1e18) == UNKNOWN

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (-1, "busy"),
            (0, "busy"),
            (1, "<1 min"),
            (59, "<1 min"),
            (60, "1 min"),
            (4 * _MINUTE + 20, "4 min"),
            (119 * _MINUTE, "119 min"),
            (2 * _HOUR, "2 h"),
            (47 * _HOUR, "47 h"),
            (3 * _DAY, "3 d"),
        ],
    )
    def test_when_a_model_unloads(self, seconds: float, words: str) -> None:
        assert units.until(_NOW + seconds, _NOW) == words

    def test_a_pinned_model_says_so(self) -> None:
        assert units.until(_NOW + 292 * 365 * _DAY, _NOW, is_pinned=True) == "pinned"

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (None, ""),
            (0, "1 s left"),
            (7.2, "7 s left"),
            (42, "40 s left"),
            (99, "100 s left"),
            (100, "2 min left"),
            (99 * _MINUTE, "99 min left"),
            (5 * _HOUR, "5 h left"),
            (101 * _HOUR, ""),
        ],
    )
    def test_how_long_a_download_will_take(self, seconds: float | None, words: str) -> None:
        assert units.time_left(seconds) == words

    @pytest.mark.parametrize(("seconds", "words"), [(0, "1 s"), (6.4, "6 s"), (180, "3 minutes")])
    def test_how_long_something_lasted(self, seconds: float, words: str) -> None:
        assert units.duration(seconds) == words


class TestAnyNumber:
    @given(_SIZES)
    def test_has_words_as_a_size(self, size: int) -> None:
        assert units.disk(size)
        assert units.memory(size)
        assert units.space(size)
        assert units.tokens(size)

    @given(_FLOATS)
    def test_has_words_as_a_download(self, number: float) -> None:
        assert units.transferred(number)
        assert units.rate(number)
        assert units.share(number)
        assert isinstance(units.time_left(number), str)

    @given(_FLOATS, _FLOATS)
    def test_has_words_as_a_time(self, moment: float, now: float) -> None:
        assert units.date(moment)
        assert units.clock(moment)
        assert units.until(moment, now)
        assert units.age(moment, now)

    @given(st.floats(-1e12, 1e12), st.floats(-1e9, 2e10))
    def test_has_words_as_a_time_of_this_era(self, moment: float, now: float) -> None:
        assert units.ago(moment, now)
        assert len(units.age(moment, now)) <= 4

    @given(st.floats(0, 1, exclude_max=True))
    def test_below_one_is_less_than_a_hundred_percent(self, part: float) -> None:
        assert units.share(part) != "100 %"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (90, "1 minute and 30 seconds"),
        (300, "5 minutes"),
        (5400, "1 hour and 30 minutes"),
        (86400, "1 day"),
        (31 * _DAY, "31 days"),
        (1.5, "1.5 seconds"),
        (-1, "for ever"),
    ],
)
def test_how_long_a_model_stays_is_told_exactly(seconds: float, words: str) -> None:
    assert units.stay(seconds) == words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("14.8B", "14.8B"),
        ("334.09M", "334.1M"),
        ("1000.75M", "1001M"),
        ("unknown", "unknown"),
        ("²²²²²²B", "²²²²²²B"),
    ],
)
def test_how_many_parameters_are_told_in_six_characters_where_that_is_a_number(
    told: str, words: str
) -> None:
    assert units.parameters(told) == words


@pytest.mark.parametrize(
    ("part", "words"), [(0.149, "+15%"), (-0.02, "-2%"), (0.005, "+1%"), (-0.004, ""), (0.0, "")]
)
def test_what_was_off_by_nothing_that_shows_has_no_percentage(part: float, words: str) -> None:
    assert units.deviation(part) == words
