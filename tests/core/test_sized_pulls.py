"""A download whose registry tells how large the whole model is."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.layers import Manifest, PullProgress
from ollama_tui.core.pulls import Pull, PullState
from tests.core.recordings import Recording, pull_recordings, recording
from tests.core.test_pulls import line, started, steady

_VERSIONS = ("v0.24.0", "v0.32.15")
_BIG = 163_212_992
_MB = 1_000_000
_SIZES = Manifest((("sha256:a", 100 * _MB), ("sha256:b", 10), ("sha256:c", 5)))

_LINES = st.builds(
    PullProgress,
    st.sampled_from(["pulling manifest", "pulling abc", "verifying sha256 digest", "success"]),
    st.sampled_from(["", "sha256:a", "sha256:b", "sha256:model"]),
    st.integers(0, 2**64),
    st.integers(0, 2**64),
)
_MANIFESTS = st.none() | st.lists(
    st.tuples(
        st.sampled_from(["sha256:a", "sha256:b", "sha256:c", "sha256:model"]), st.integers(0, 2**50)
    ),
    max_size=5,
).map(lambda sizes: Manifest(tuple(sizes)))


def manifest_of(recorded: Recording) -> Manifest:
    """The layers of a recording, and one of which it says nothing."""
    sizes: dict[str, int] = {}
    for _, progress in recorded.lines:
        if progress.digest:
            sizes[progress.digest] = max(sizes.get(progress.digest, 0), progress.total)
    return Manifest((*sizes.items(), ("sha256:unseen", 1000)))


def replayed_with(manifest: Manifest, recorded: Recording, at: int) -> tuple[Pull, ...]:
    """The download after each line, with the manifest told after so many lines."""
    before = Recording(recorded.title, recorded.lines[:at]).replayed(started())
    after = Recording(recorded.title, recorded.lines[at:]).replayed(before[-1].sized(manifest))
    return (*before, *after)


class TestReplayingGenuineServers:
    @pytest.mark.parametrize("recorded", pull_recordings(), ids=lambda found: found.title)
    def test_a_genuine_pull_comes_to_the_same_whenever_the_manifest_comes(
        self, recorded: Recording
    ) -> None:
        manifest, count = manifest_of(recorded), len(recorded.lines)

        replays = [replayed_with(manifest, recorded, at) for at in (0, 1, count // 2, count)]

        for states in replays:
            assert all(one.completed <= other.completed for one, other in pairwise(states))
            assert all((one.share or 0) <= (other.share or 0) for one, other in pairwise(states))
            assert all(one.total <= other.total for one, other in pairwise(states))
        assert {states[-1].total for states in replays} == {manifest.size}
        assert len({states[-1].completed for states in replays}) == 1
        assert {state.total for state in replays[0][1:]} == {manifest.size}

    @pytest.mark.parametrize("version", _VERSIONS)
    def test_a_genuine_model_that_passes_without_a_line_is_whole(self, version: str) -> None:
        manifest = manifest_of(recording(version, "pull-cached"))

        last = recording(version, "pull-tiny").replayed(started().sized(manifest))[-1]

        assert (last.state, last.completed) == (PullState.VERIFYING, manifest.size)
        assert last.finished(9.0).completed == manifest.size > 300_000

    @pytest.mark.parametrize("version", _VERSIONS)
    def test_the_genuine_layer_that_passed_without_a_line_is_here_with_the_next(
        self, version: str
    ) -> None:
        recorded = recording(version, "pull-finished")
        manifest = Manifest((("sha256:big", _BIG), *manifest_of(recorded).sizes))

        states = recorded.replayed(started().sized(manifest))

        first = next(state for state in states if state.layers)
        assert first.completed == _BIG + first.layers[0].completed
        assert first.share == 0.999


class TestWithAManifest:
    def test_the_total_is_the_whole_from_the_start(self) -> None:
        pull = started().sized(_SIZES)
        later = pull.advanced(line(50 * _MB), 1.0)

        assert (pull.completed, pull.total, pull.share) == (0, _SIZES.size, None)
        assert (later.completed, later.total) == (50 * _MB, _SIZES.size)
        assert later.share == 50 * _MB / _SIZES.size

    def test_one_that_comes_late_tells_what_was_missing(self) -> None:
        pull = started().advanced(line(50 * _MB), 1.0)

        assert pull.total == 100 * _MB
        assert pull.sized(_SIZES).total == _SIZES.size
        assert pull.sized(_SIZES).completed == 50 * _MB

    def test_one_that_comes_late_tells_of_the_layers_that_passed_without_a_line(self) -> None:
        pull = started().advanced(line(2, 5, "sha256:c"), 1.0)

        assert pull.sized(_SIZES).completed == 100 * _MB + 10 + 2

    def test_one_that_cannot_be_had_changes_nothing_but_that_it_was_asked_for(self) -> None:
        pull = Pull("m:latest", 0.0, is_sizing=True).advanced(line(50 * _MB), 1.0)

        assert pull.is_sizing
        assert pull.sized(None) == started().advanced(line(50 * _MB), 1.0)

    def test_one_of_other_layers_leaves_it_to_the_server(self) -> None:
        pull = started().sized(Manifest((("sha256:other", 7),))).advanced(line(50 * _MB), 1.0)

        assert (pull.completed, pull.total) == (50 * _MB, 100 * _MB)

    def test_a_smaller_one_does_not_make_the_total_shrink(self) -> None:
        pull = started().advanced(line(90, 100), 1.0).sized(Manifest((("sha256:a", 50),)))

        assert (pull.completed, pull.total) == (90, 100)
        assert pull.advanced(line(95, 100), 2.0).total == 100

    def test_a_larger_one_does_not_make_the_share_fall(self) -> None:
        pull = started().advanced(line(90, 100), 1.0).sized(Manifest((("sha256:a", 1000),)))
        later = pull.advanced(line(100, 1000), 2.0)

        assert (pull.share, later.share) == (0.9, 0.9)
        assert (later.completed, later.total) == (100, 1000)

    @pytest.mark.parametrize("begun", [started(), steady(3, _MB)], ids=["without lines", "begun"])
    def test_while_it_verifies_all_bytes_are_here_whichever_comes_first(self, begun: Pull) -> None:
        verifying = PullProgress("verifying sha256 digest")

        before = begun.sized(_SIZES).advanced(verifying, 4.0)
        after = begun.advanced(verifying, 4.0).sized(_SIZES)

        assert before.completed == before.total == _SIZES.size
        assert after.completed == after.total == _SIZES.size

    def test_a_finished_one_is_whole(self) -> None:
        done = steady(3, _MB).sized(_SIZES).finished(9.0)

        assert (done.completed, done.total, done.share) == (_SIZES.size, _SIZES.size, 1.0)

    def test_it_is_known_to_the_next_attempt(self) -> None:
        pull = steady(3, _MB).sized(_SIZES).broken_off("").begun(5.0).advanced(line(2 * _MB), 6.0)

        assert (pull.completed, pull.total) == (3 * _MB, _SIZES.size)

    def test_the_time_left_is_that_of_the_whole(self) -> None:
        whole = Manifest((("sha256:a", 100 * _MB), ("sha256:b", 50 * _MB)))

        pull = steady(4, _MB).sized(whole)

        assert pull.seconds_left == 146


class TestAnyStream:
    @given(st.lists(_LINES, max_size=30), _MANIFESTS, st.integers(0, 30))
    def test_nothing_falls_whenever_the_manifest_comes(
        self, lines: list[PullProgress], manifest: Manifest | None, at: int
    ) -> None:
        steps: list[PullProgress | Manifest | None] = [*lines[:at], manifest, *lines[at:]]

        states = list(
            accumulate(
                enumerate(steps),
                lambda pull, step: (
                    pull.advanced(step[1], step[0] * 0.7)
                    if isinstance(step[1], PullProgress)
                    else pull.sized(step[1])
                ),
                initial=Pull("m:latest", 0.0, is_sizing=True),
            )
        )

        assert all(one.completed <= other.completed for one, other in pairwise(states))
        assert all((one.share or 0) <= (other.share or 0) for one, other in pairwise(states))
        assert all(one.total <= other.total for one, other in pairwise(states))
        assert all(0 <= state.completed <= state.total for state in states)
        assert all(state.share is None or 0 <= state.share < 1 for state in states)
        assert states[-1].finished(99.0).completed == states[-1].total
