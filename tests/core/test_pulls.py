"""A download as a value: what has arrived, how fast, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core import pulls
from ollama_tui.core.layers import Manifest, PullProgress
from ollama_tui.core.pulls import STALLED_AFTER, Pull, PullState
from tests.core.recordings import Recording, pull_recordings, recording

_VERSIONS = ("v0.24.0", "v0.32.15")
_BIG = 163_212_992
_MB = 1_000_000

_LINES = st.builds(
    PullProgress,
    st.sampled_from(
        ["pulling manifest", "pulling abc", "verifying sha256 digest", "success", "[/b]"]
    ),
    st.sampled_from(["", "sha256:a", "sha256:b", "sha256:model"]),
    st.integers(0, 2**64),
    st.integers(0, 2**64),
)


def started() -> Pull:
    return Pull("m:latest", 0.0)


def line(completed: int, total: int = 100 * _MB, digest: str = "sha256:a") -> PullProgress:
    return PullProgress(f"pulling {digest[7:]}", digest, total, completed)


def steady(seconds: int, bytes_a_second: int, total: int = 100 * _MB) -> Pull:
    """A download that has run so long at one speed, a line each second."""
    moments = range(seconds + 1)
    return list(
        accumulate(
            moments,
            lambda pull, second: pull.advanced(line(second * bytes_a_second, total), float(second)),
            initial=started(),
        )
    )[-1]


class TestReplayingGenuineServers:
    @pytest.mark.parametrize("recorded", pull_recordings(), ids=lambda found: found.title)
    def test_nothing_that_is_shown_ever_falls(self, recorded: Recording) -> None:
        states = recorded.replayed(started())

        assert all(one.completed <= other.completed for one, other in pairwise(states))
        assert all((one.share or 0) <= (other.share or 0) for one, other in pairwise(states))
        assert all(one.total <= other.total for one, other in pairwise(states))
        assert all(state.completed <= state.total for state in states)

    @pytest.mark.parametrize("version", _VERSIONS)
    @pytest.mark.parametrize("name", ["pull-tiny", "pull-cached", "pull-finished"])
    def test_a_finished_one_is_whole(self, version: str, name: str) -> None:
        last = recording(version, name).replayed(started())[-1]
        done = last.finished(9.0)

        assert last.state is PullState.VERIFYING
        assert last.completed == last.total
        assert (done.state, done.share, done.completed) == (PullState.DONE, 1.0, done.total)
        assert done.ended == 9.0

    @pytest.mark.parametrize("version", _VERSIONS)
    def test_a_cached_model_fetches_nothing(self, version: str) -> None:
        last = recording(version, "pull-cached").replayed(started())[-1]

        assert last.completed > 300_000
        assert last.fetched == 0

    @pytest.mark.parametrize("version", _VERSIONS)
    def test_a_cancelled_one_counts_what_arrived(self, version: str) -> None:
        last = recording(version, "pull-cancelled").replayed(started())[-1].cancelled(17.0)

        assert last.state is PullState.CANCELLED
        assert (last.completed, last.total) == (65_404_928, _BIG)
        assert last.fetched == 65_404_928 - 262_144
        assert last.share == pytest.approx(0.4007, abs=1e-4)

    @pytest.mark.parametrize("version", _VERSIONS)
    def test_a_resumed_one_does_not_count_what_was_here_before(self, version: str) -> None:
        last = recording(version, "pull-resumed-then-stalled").replayed(started())[-1]

        assert last.completed == 98_304_000
        assert last.fetched == 98_304_000 - 65_929_216

    @pytest.mark.parametrize("version", _VERSIONS)
    def test_one_that_repeats_its_number_is_stalled_some_seconds_after_the_last_byte(
        self, version: str
    ) -> None:
        last = recording(version, "pull-resumed-then-stalled").replayed(started())[-1]

        assert last.at(last.grew + STALLED_AFTER).state is PullState.PULLING
        assert last.at(last.grew + STALLED_AFTER + 0.1).state is PullState.STALLED

    @pytest.mark.parametrize("version", _VERSIONS)
    def test_one_that_joined_a_dying_download_neither_grows_nor_fetches(self, version: str) -> None:
        last = recording(version, "pull-joined-to-a-dying-download").replayed(started())[-1]

        assert last.state is PullState.PULLING
        assert last.fetched == 0
        assert last.rate == 0

    @pytest.mark.parametrize("version", _VERSIONS)
    def test_a_steady_one_tells_its_speed_and_the_time_left(self, version: str) -> None:
        last = recording(version, "pull-cancelled").replayed(started())[-1]

        assert last.rate == pytest.approx(4e6, rel=0.1)
        assert last.seconds_left == pytest.approx(24, rel=0.15)


class TestTheFirstLines:
    def test_nothing_is_known_before_the_first_layer(self) -> None:
        pull = started().advanced(PullProgress("pulling manifest"), 0.1)

        assert pull.state is PullState.STARTING
        assert pull.status == "pulling manifest"
        assert (pull.share, pull.rate, pull.seconds_left) == (None, None, None)

    def test_a_layer_whose_size_is_not_known_yet_is_no_share(self) -> None:
        pull = started().advanced(line(0, total=0), 0.1)

        assert pull.state is PullState.PULLING
        assert pull.share is None

    def test_what_is_here_when_the_size_becomes_known_was_here_before(self) -> None:
        pull = started().advanced(line(0, total=0), 0.1).advanced(line(60 * _MB), 0.2)

        assert pull.completed == 60 * _MB
        assert pull.fetched == 0

    def test_the_next_layers_first_line_means_that_the_one_before_is_whole(self) -> None:
        pull = started().advanced(line(90 * _MB), 1).advanced(line(1, 10, "sha256:b"), 2)

        assert (pull.completed, pull.total) == (100 * _MB + 1, 100 * _MB + 10)


class TestGoingBackwards:
    def test_bytes_that_the_server_threw_away_stay_in_the_bar_and_are_fetched_again(self) -> None:
        pull = started().advanced(line(50 * _MB), 1).advanced(line(20 * _MB), 2)
        again = pull.advanced(line(60 * _MB), 3)

        assert pull.completed == 50 * _MB
        assert again.completed == 60 * _MB
        assert again.fetched == 40 * _MB

    def test_a_layer_that_grows_late_keeps_the_share_from_falling(self) -> None:
        pull = started().advanced(line(90, 100), 1)
        later = pull.advanced(line(1, 1000, "sha256:b"), 2)

        assert later.total == 1100
        assert later.share == pull.share == 0.9

    def test_more_bytes_than_the_layer_has_are_not_believed(self) -> None:
        pull = started().advanced(line(500, 100), 1)

        assert (pull.completed, pull.share) == (100, 0.999)


class TestSpeed:
    def test_it_needs_a_second_of_growth(self) -> None:
        pull = started().advanced(line(0), 0.0).advanced(line(_MB), 0.6)

        assert pull.rate is None

    def test_it_is_that_of_the_last_seconds(self) -> None:
        pull = steady(20, _MB)

        assert pull.rate == _MB
        assert len(pull.samples) <= 10

    def test_a_time_left_waits_for_three_seconds_of_growth(self) -> None:
        assert steady(2, _MB).seconds_left is None
        assert steady(4, _MB).seconds_left == 96

    def test_it_falls_to_nothing_while_nothing_arrives(self) -> None:
        pull = steady(5, _MB)
        later = pull.advanced(line(5 * _MB), 13.0).advanced(line(5 * _MB), 14.0)

        assert later.rate == 0
        assert later.seconds_left is None

    @pytest.mark.parametrize(
        "pull",
        [
            steady(9, _MB).finished(9.0),
            steady(9, _MB).cancelled(9.0),
            steady(9, _MB).failed("No.", 9.0),
            steady(9, _MB).broken_off("").begun(9.0),
            steady(9, _MB).at(100.0),
            steady(9, _MB).advanced(PullProgress("verifying sha256 digest"), 9.0),
        ],
        ids=["done", "cancelled", "failed", "again", "stalled", "verifying"],
    )
    def test_there_is_none_unless_it_is_arriving(self, pull: Pull) -> None:
        assert pull.rate is None
        assert pull.seconds_left is None


class TestStalling:
    def test_it_is_seen_by_the_clock_alone(self) -> None:
        pull = steady(3, _MB)

        assert pull.at(3.0 + STALLED_AFTER).state is PullState.PULLING
        assert pull.at(3.1 + STALLED_AFTER).state is PullState.STALLED

    def test_a_repeated_number_does_not_end_it(self) -> None:
        pull = steady(3, _MB).at(30.0).advanced(line(3 * _MB), 30.1)

        assert pull.state is PullState.STALLED

    def test_the_next_byte_ends_it(self) -> None:
        pull = steady(3, _MB).at(30.0).advanced(line(3 * _MB + 1), 30.1)

        assert pull.state is PullState.PULLING
        assert pull.grew == 30.1

    def test_verifying_may_take_as_long_as_it_likes(self) -> None:
        pull = steady(3, _MB).advanced(PullProgress("verifying sha256 digest"), 4.0)

        assert pull.at(4000.0).state is PullState.VERIFYING

    def test_one_of_which_all_is_here_goes_on_with_each_layer_that_is_told(self) -> None:
        first, second = line(100 * _MB), line(100 * _MB, digest="sha256:b")
        broken = steady(20, 5 * _MB).advanced(second, 21.0).broken_off("reset by peer")
        pull = broken.begun(30.0).advanced(first, 30.1).advanced(second, 40.0)

        assert pull.grew == 40.0
        assert pull.advanced(second, 60.0).grew == 40.0

    def test_what_has_ended_is_not_stalled(self) -> None:
        assert steady(3, _MB).cancelled(4.0).at(4000.0).state is PullState.CANCELLED


class TestPhases:
    @pytest.mark.parametrize(
        "status", ["verifying sha256 digest", "writing manifest", "removing unused layers"]
    )
    def test_when_all_has_arrived_all_bytes_are_here(self, status: str) -> None:
        pull = steady(3, _MB).advanced(PullProgress(status), 4.0)

        assert (pull.state, pull.completed, pull.share) == (PullState.VERIFYING, pull.total, 0.999)

    def test_a_model_without_a_line_of_progress_has_no_share_until_it_is_done(self) -> None:
        pull = started().advanced(PullProgress("verifying sha256 digest"), 1.0)

        assert pull.share is None
        assert pull.finished(2.0).share == 1.0

    def test_a_word_that_nobody_knows_changes_only_the_status(self) -> None:
        pull = steady(3, _MB)
        odd = pull.advanced(PullProgress("reticulating splines"), 4.0)

        assert odd.state is PullState.PULLING
        assert odd.status == "reticulating splines"

    def test_a_failure_keeps_its_words_and_what_arrived(self) -> None:
        pull = steady(3, _MB).failed("The server's disk is full.", 5.0)

        assert pull.state.has_ended
        assert (pull.failure, pull.ended) == ("The server's disk is full.", 5.0)
        assert pull.completed == 3 * _MB


class TestAskingAgain:
    def test_it_is_the_next_attempt_and_keeps_what_is_here(self) -> None:
        pull = steady(3, _MB).broken_off("").begun(5.0)

        assert (pull.state, pull.attempt) == (PullState.STARTING, 2)
        assert pull.completed == 3 * _MB

    def test_what_the_second_attempt_finds_is_not_fetched_twice(self) -> None:
        pull = steady(3, _MB).broken_off("").begun(5.0).advanced(line(2 * _MB), 6.0)

        assert pull.completed == 3 * _MB
        assert pull.fetched == 3 * _MB

    def test_its_waiting_is_no_stall(self) -> None:
        pull = steady(3, _MB).broken_off("").begun(50.0).advanced(line(3 * _MB), 60.0)

        assert pull.at(60.0 + STALLED_AFTER).state is PullState.PULLING


class TestAnyStream:
    @given(st.lists(_LINES, max_size=30))
    def test_nothing_that_is_shown_ever_falls(self, lines: list[PullProgress]) -> None:
        states = list(
            accumulate(
                enumerate(lines),
                lambda pull, step: pull.advanced(step[1], step[0] * 0.7),
                initial=started(),
            )
        )

        assert all(one.completed <= other.completed for one, other in pairwise(states))
        assert all((one.share or 0) <= (other.share or 0) for one, other in pairwise(states))
        assert all(0 <= state.completed <= state.total for state in states)
        assert all(state.share is None or 0 <= state.share < 1 for state in states)
        assert all((state.rate or 0) >= 0 for state in states)
        assert all((state.seconds_left or 0) >= 0 for state in states)
        assert states[-1].finished(99.0).completed == states[-1].total


_STEPS = st.one_of(
    _LINES.map(lambda line: ("advanced", line)),
    st.sampled_from(["at", "begun", "waiting", "paused", "broken_off", "sized"]).map(
        lambda name: (name, None)
    ),
)
_ARGUMENTS: dict[str, Callable[[PullProgress | None, float], tuple[object, ...]]] = {
    "advanced": lambda line, now: (line, now),
    "at": lambda _, now: (now,),
    "begun": lambda _, now: (now,),
    "waiting": lambda _, now: (),
    "paused": lambda _, now: (),
    "broken_off": lambda _, now: ("stalled",),
    "sized": lambda _, now: (Manifest((("sha256:a", 5), ("sha256:b", 2**40))),),
    "finished": lambda _, now: (now,),
    "cancelled": lambda _, now: (now,),
    "failed": lambda _, now: ("The disk is full.", now),
}


class TestAnyOrder:
    @given(st.lists(_STEPS, max_size=25), st.sampled_from(["finished", "cancelled", "failed"]))
    def test_it_holds_together_after_each_step_and_ends_as_it_ended(
        self, steps: list[tuple[str, PullProgress | None]], end: str
    ) -> None:
        pull, now = started(), 0.0
        for name, line in [*steps, (end, None)]:
            now += 1.7
            before, pull = pull, getattr(pull, name)(*_ARGUMENTS[name](line, now))
            assert 0 <= pull.completed <= pull.total
            assert pull.share is None or 0 <= pull.share <= 1
            assert (pull.share or 0.0) >= (before.share or 0.0)
            assert pull.fetched >= before.fetched
            assert (pull.rate or 0) >= 0
            assert (pull.seconds_left or 0) >= 0
            assert pull.state.has_ended == (name == end)


class TestBeingFound:
    @pytest.mark.parametrize(
        ("pull", "is_found"),
        [
            (started(), False),
            (started().advanced(PullProgress("pulling manifest"), 0.1), False),
            (started().sized(Manifest((("sha256:a", 100),))), False),
            (started().failed("There is no such model.", 0.1), False),
            (started().cancelled(0.1), False),
            (started().advanced(line(0, total=0), 0.1), True),
            (steady(3, _MB).failed("The disk is full.", 9.0), True),
            (steady(3, _MB).broken_off("").begun(9.0), True),
            (started().advanced(PullProgress("verifying sha256 digest"), 0.1), True),
            (started().finished(0.1), True),
        ],
        ids=[
            "started", "asked", "sized", "failed", "cancelled", "unsized", "failed late", "again",
            "verifying", "done",
        ],
    )  # fmt: skip
    def test_the_first_word_of_a_layer_means_it(self, pull: Pull, is_found: bool) -> None:
        assert pull.is_found is is_found


def test_of_layers_without_an_end_no_more_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulls, "MOST", 9)
    pull = started()

    for number in range(99):
        pull = pull.advanced(line(1, digest=f"sha256:{number}"), 1.0)

    assert len(pull.layers) == 9
