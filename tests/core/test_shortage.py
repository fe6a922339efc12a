"""Whether a delete is meant to make room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.errors import NoSpace, PullFailed
from ollama_tui.core.forecast import Forecast
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.core.shortage import Disk, why_room_is_needed

GB = 10**9
QWEN = Pull("qwen3:32b", 0.0, PullState.PULLING, completed=5 * GB, total=20 * GB)
LLAMA = Pull("llama3.3:70b", 0.0, PullState.WAITING, total=42 * GB)
FULL = QWEN.failed("The server's disk is full.", 9.0, NoSpace)


def disk(free: int) -> Disk:
    return Disk(free * GB, 1000 * GB)


def why(*pulls: Pull, on: Disk | None, names: tuple[str, ...] = (), **ahead: Forecast) -> str:
    """Why room is needed, with forecasts of `qwen` and `llama`."""
    named = {"qwen": "qwen3:32b", "llama": "llama3.3:70b"}
    forecasts = {named[name]: forecast for name, forecast in ahead.items()}
    return why_room_is_needed(pulls, forecasts, Library(tuple(map(Model, names))), on)


class TestADiskThatIsNearlyFull:
    @pytest.mark.parametrize(
        ("free", "total", "is_nearly_full"),
        [
            (9.9, 1000, True),
            (10, 1000, False),
            (9.9, 100, False),
            (4.9, 100, True),
            (5, 100, False),
            (40, 4000, False),
            (0, 0, False),
            (0, 32, True),
        ],
    )
    def test_less_than_ten_gb_and_a_twentieth_are_free(
        self, free: float, total: int, is_nearly_full: bool
    ) -> None:
        assert Disk(int(free * GB), total * GB).is_nearly_full is is_nearly_full

    def test_it_is_a_reason(self) -> None:
        words = Disk(2_100_000_000, 1000 * GB)

        assert why(on=words) == "2.1 GB are free on the disk of the models"

    def test_one_with_room_is_none(self) -> None:
        assert why(on=disk(100)) == ""

    def test_nor_is_one_that_nobody_knows(self) -> None:
        assert why(QWEN, on=None) == ""


class TestADownloadThatLacksSpace:
    def test_its_rest_does_not_fit(self) -> None:
        assert why(QWEN, on=disk(3)) == "qwen3:32b lacks 12.0 GB"
        assert why(QWEN, on=disk(15)) == ""

    def test_two_that_fit_alone_may_not_fit_together(self) -> None:
        assert why(QWEN, on=disk(43)) == why(LLAMA, on=disk(43)) == ""
        assert why(QWEN, LLAMA, on=disk(43)) == "2 downloads lack 14.0 GB"

    @pytest.mark.parametrize("state", [PullState.PAUSED, PullState.UNFINISHED])
    def test_one_that_is_held_is_wanted_too(self, state: PullState) -> None:
        assert why(replace(QWEN, state=state), on=disk(3)) == "qwen3:32b lacks 12.0 GB"

    def test_before_its_size_is_told_the_forecast_knows_it(self) -> None:
        begun = Pull("qwen3:32b", 0.0)

        assert why(begun, on=disk(3), qwen=Forecast(20 * GB)) == "qwen3:32b lacks 17.0 GB"
        assert why(begun, on=disk(30), qwen=Forecast(20 * GB)) == ""

    def test_one_that_failed_for_lack_of_space_is_wanted(self) -> None:
        assert why(FULL, on=disk(0)) == "qwen3:32b lacks 15.0 GB"
        assert why(FULL, on=None) == "qwen3:32b stopped: the server's disk is full"

    def test_once_there_is_room_for_it_again_it_is_no_reason(self) -> None:
        assert why(FULL, on=disk(16)) == ""

    def test_one_that_failed_for_another_reason_or_arrived_is_none(self) -> None:
        assert why(QWEN.failed("Damaged.", 9.0, PullFailed), on=disk(11)) == ""
        assert why(QWEN.finished(9.0), QWEN.cancelled(9.0), on=disk(11)) == ""


class TestOneThatWasNotBegunBecauseItDoesNotFit:
    def test_it_is_a_reason(self) -> None:
        assert why(on=disk(11), qwen=Forecast(20 * GB, free=11 * GB)) == "qwen3:32b lacks 9.0 GB"

    def test_what_others_will_take_yet_is_not_free_for_it(self) -> None:
        words = why(QWEN, on=disk(30), llama=Forecast(42 * GB))

        assert words == "llama3.3:70b lacks 27.0 GB"

    def test_the_newest_counts(self) -> None:
        words = why(on=disk(11), llama=Forecast(42 * GB), qwen=Forecast(20 * GB))

        assert words == "qwen3:32b lacks 9.0 GB"

    def test_it_is_none_once_it_is_installed_or_would_fit(self) -> None:
        assert why(on=disk(11), names=("qwen3:32b",), qwen=Forecast(20 * GB)) == ""
        assert why(on=disk(21), qwen=Forecast(20 * GB)) == ""
