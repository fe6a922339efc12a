"""What a download will fetch, and whether it fits on the disk."""

from __future__ import annotations

import pytest

from ollama_tui.core.forecast import Forecast

_GB = 10**9


class TestWhatIsToBeFetched:
    def test_it_is_what_is_neither_here_nor_begun(self) -> None:
        assert Forecast(10 * _GB, 3 * _GB, 2 * _GB).to_fetch == 5 * _GB

    def test_it_is_never_less_than_nothing(self) -> None:
        assert Forecast(_GB, _GB, _GB).to_fetch == 0


class TestTheSpaceOnTheDisk:
    @pytest.mark.parametrize(("free", "lacks"), [(4, True), (5, False), (6, False), (None, False)])
    def test_it_lacks_only_where_less_than_the_rest_is_known_to_be_free(
        self, free: int | None, lacks: bool
    ) -> None:
        assert Forecast(10, 3, 2, free=free).lacks_space is lacks

    def test_the_shortage_is_what_is_missing(self) -> None:
        assert Forecast(10, 3, 2, free=1).shortage == 4

    @pytest.mark.parametrize("free", [5, None])
    def test_nothing_is_missing_where_it_fits_or_nobody_knows(self, free: int | None) -> None:
        assert Forecast(10, 3, 2, free=free).shortage == 0

    def test_what_has_to_be_fetched_again_takes_no_more_room(self) -> None:
        forecast = Forecast(10, partial=2, held=8, free=2)

        assert (forecast.to_fetch, forecast.to_store, forecast.lacks_space) == (8, 2, False)

    def test_what_has_arrived_takes_no_more_room_where_the_files_do_not_say(self) -> None:
        assert Forecast(10, partial=8, held=0, free=2).lacks_space is False

    def test_files_that_take_more_than_the_whole_leave_nothing_to_store(self) -> None:
        assert Forecast(10, here=5, held=9).to_store == 0


class TestTheWords:
    @pytest.mark.parametrize(
        ("forecast", "words"),
        [
            (Forecast(5_200_000_000), "5.2 GB to fetch"),
            (
                Forecast(5_200_000_000, 1_100_000_000, free=310 * _GB),
                "4.1 GB to fetch of 5.2 GB; 310 GB free",
            ),
            (
                Forecast(5_200_000_000, free=3_000_000_000),
                "5.2 GB to fetch; 3.0 GB free, 2.2 GB too few",
            ),
            (
                Forecast(5_200_000_000, free=34_000_000),
                "5.2 GB to fetch; 34 MB free, 5.2 GB too few",
            ),
            (
                Forecast(734_000_000, 734_000_000, free=_GB),
                "nothing to fetch of 734 MB; 1.0 GB free",
            ),
        ],
        ids=["total", "part", "lacking", "full disk", "all here"],
    )  # fmt: skip
    def test_they_tell_what_is_known(self, forecast: Forecast, words: str) -> None:
        assert forecast.words == words
