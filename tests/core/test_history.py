"""Downloads that have ended, as they are kept in a file."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.layers import PullProgress
from ollama_tui.core.pulls import Pull

_ENDED = EndedPull("m:latest", Outcome.FAILED, 1_800_000_000.5, 1000, 600, 3.0, "the disk is full")
_KEPT = _ENDED.to_json()

_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("a\0\x1b\u202e\ud800é")
    | st.sampled_from(["finished", [], {}, [1], {"a": 1}])
)


def running() -> Pull:
    """A download from second 100 on, of which 600 of 1,000 bytes arrived."""
    pull = Pull("m:latest", 100.0)
    return pull.advanced(PullProgress("pulling a", "sha256:a", 1000, 0), 100.0).advanced(
        PullProgress("pulling a", "sha256:a", 1000, 600), 102.0
    )


class TestWhatIsKeptOfADownload:
    def test_a_finished_one_took_from_its_start_to_its_end(self) -> None:
        ended = EndedPull.of(running().finished(103.0), now=103.0, wall=5000.0)

        assert ended == EndedPull("m:latest", Outcome.FINISHED, 5000.0, 1000, 600, 3.0)

    def test_a_cancelled_one_says_so(self) -> None:
        ended = EndedPull.of(running().cancelled(104.0), now=104.0, wall=5000.0)

        assert (ended.outcome, ended.seconds, ended.failure) == (Outcome.CANCELLED, 4.0, "")

    def test_a_failed_one_says_why(self) -> None:
        ended = EndedPull.of(running().failed("no room", 104.0), now=104.0, wall=5000.0)

        assert (ended.outcome, ended.failure) == (Outcome.FAILED, "no room")

    def test_one_that_left_parts_is_known_by_its_layers_again(self) -> None:
        ended = EndedPull.of(running().cancelled(104.0), now=104.0, wall=5000.0)

        read = EndedPull.from_json(json.loads(json.dumps(ended.to_json())))

        assert read == ended
        assert ended.digests == ("sha256:a",)

    def test_it_ended_when_it_ended_though_it_is_kept_later(self) -> None:
        ended = EndedPull.of(running().finished(103.0), now=113.0, wall=5000.0)

        assert (ended.ended_at, ended.seconds) == (4990.0, 3.0)

    def test_a_clock_that_went_back_gives_no_time_below_zero(self) -> None:
        assert EndedPull.of(running().finished(99.0), now=99.0, wall=5000.0).seconds == 0


class TestTheRate:
    def test_it_is_what_arrived_over_the_time_that_it_took(self) -> None:
        assert _ENDED.rate == 200.0

    @pytest.mark.parametrize(("fetched", "seconds"), [(0, 60.0), (600, 0.9), (0, 0.0)])
    def test_without_bytes_or_time_there_is_none(self, fetched: int, seconds: float) -> None:
        assert EndedPull("m", Outcome.FINISHED, 0.0, 600, fetched, seconds).rate is None


class TestTheFile:
    @pytest.mark.parametrize("outcome", Outcome)
    def test_what_is_written_is_read_again(self, outcome: Outcome) -> None:
        ended = EndedPull("m:latest", outcome, 1_800_000_000.5, 1000, 600, 3.0)

        assert EndedPull.from_json(json.loads(json.dumps(ended.to_json()))) == ended

    def test_a_failure_may_be_missing_and_a_new_field_be_there(self) -> None:
        found = {key: value for key, value in _KEPT.items() if key != "failure"} | {"new": 1}

        assert EndedPull.from_json(found) == EndedPull(
            "m:latest", Outcome.FAILED, 1_800_000_000.5, 1000, 600, 3.0
        )

    def test_what_a_model_is_called_by_now_is_kept_too(self) -> None:
        finished = replace(_ENDED, outcome=Outcome.FINISHED).renamed("m", "mine:latest")

        assert EndedPull.from_json(finished.to_json()) == finished

    def test_whole_numbers_are_seconds_too(self) -> None:
        ended = EndedPull.from_json(_KEPT | {"ended_at": 7, "seconds": 3})

        assert ended is not None
        assert (repr(ended.ended_at), repr(ended.seconds)) == ("7.0", "3.0")

    def test_its_strings_are_cleaned(self) -> None:
        ended = EndedPull.from_json(_KEPT | {"name": "m\x1b[2J", "failure": "a\u202eb\n"})

        assert ended is not None
        assert (ended.name, ended.failure) == ("m[2J", "ab")

    @pytest.mark.parametrize("found", [None, [], "m", 1, {}, [_KEPT]])
    def test_what_is_no_table_of_one_is_none(self, found: object) -> None:
        assert EndedPull.from_json(found) is None

    @pytest.mark.parametrize("name", ["name", "outcome", "ended_at", "total", "fetched", "seconds"])
    def test_one_without_a_field_is_none(self, name: str) -> None:
        assert EndedPull.from_json({key: _KEPT[key] for key in _KEPT if key != name}) is None

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("name", 1),
            ("name", ""),
            ("name", "\x00"),
            ("outcome", "lost"),
            ("outcome", []),
            ("outcome", None),
            ("ended_at", math.nan),
            ("ended_at", math.inf),
            ("ended_at", -1.0),
            ("ended_at", 1e12),
            ("ended_at", 10**400),
            ("ended_at", True),
            ("ended_at", "1"),
            ("total", -1),
            ("total", 1.5),
            ("total", True),
            ("total", 10**400),
            ("fetched", -1),
            ("fetched", None),
            ("fetched", False),
            ("seconds", -0.5),
            ("seconds", math.nan),
            ("seconds", True),
            ("failure", None),
            ("failure", ["a"]),
        ],
    )
    def test_one_with_a_wrong_value_is_none(self, name: str, value: object) -> None:
        assert EndedPull.from_json(_KEPT | {name: value}) is None

    @pytest.mark.parametrize("found", [[1], [""], ["\n"], [None, {}]])
    def test_what_can_be_no_digest_is_passed_over(self, found: object) -> None:
        ended = EndedPull.from_json(_KEPT | {"digests": found})

        assert ended is not None
        assert ended.digests == ()

    @given(st.dictionaries(st.sampled_from(list(_KEPT)), _VALUES))
    def test_whatever_it_holds_nothing_is_raised(self, changes: dict[str, object]) -> None:
        ended = EndedPull.from_json(_KEPT | changes)

        assert ended is None or EndedPull.from_json(_read_again(ended)) == ended


def _read_again(ended: EndedPull) -> object:
    """What a file gives back."""
    return json.loads(json.dumps(ended.to_json()))


class TestRenaming:
    FINISHED = replace(_ENDED, outcome=Outcome.FINISHED)

    def test_it_tells_what_was_asked_for_and_what_that_is_called(self) -> None:
        renamed = self.FINISHED.renamed("m", "mine:latest")

        assert renamed.shown_name == "m:latest, now mine:latest"

    def test_the_next_rename_is_of_the_new_name(self) -> None:
        renamed = self.FINISHED.renamed("m", "mine:latest").renamed("mine", "ours:latest")

        assert renamed.shown_name == "m:latest, now ours:latest"
        assert renamed.renamed("m", "theirs:latest") == renamed

    def test_another_model_and_one_that_never_arrived_stay_as_they_are(self) -> None:
        assert self.FINISHED.renamed("other", "mine:latest") == self.FINISHED
        assert _ENDED.renamed("m", "mine:latest") == _ENDED
