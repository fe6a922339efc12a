"""When a download that broke off is asked for again, and after how long."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core import units
from ollama_tui.core.errors import (
    Interrupted,
    InvalidInput,
    NoSpace,
    NoSuchModel,
    NotOllama,
    OllamaTuiError,
    PullFailed,
    Refused,
    RegistryBusy,
    ServerFailed,
    TooOld,
    Unreachable,
)
from ollama_tui.core.layers import PullProgress
from ollama_tui.core.pull_rules import BrokenOff, PullRules, Stalled, may_mend, stalled
from ollama_tui.core.pulls import Pull, PullState

ASKED = Pull("m:latest", 0.0)
FOUND = ASKED.advanced(PullProgress("pulling a", "sha256:a", 1000, 600), 1.0)
VERIFYING = FOUND.advanced(PullProgress("verifying sha256 digest"), 2.0)

ALWAYS = (BrokenOff, RegistryBusy)
"""Whatever asked for the model, a kept download outlives these."""
ONCE_FOUND = (Interrupted, Stalled, Unreachable, ServerFailed)
"""A kept download outlives these once the server has told of a layer."""
NEVER = (
    InvalidInput, NotOllama, TooOld, Refused, NoSuchModel, PullFailed, NoSpace, OllamaTuiError,
)  # fmt: skip

SECONDS = st.floats(0, 1e9)


class TestThePause:
    def test_it_doubles_up_to_the_longest(self) -> None:
        pauses = [PullRules().pause(fruitless) for fruitless in range(1, 9)]

        assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]

    @given(SECONDS, SECONDS, st.integers(1, 10**30))
    def test_it_is_never_longer_than_the_longest(
        self, first: float, longest: float, fruitless: int
    ) -> None:
        rules = PullRules(first_pause=first, longest_pause=longest)

        assert 0 <= rules.pause(fruitless) <= longest

    @given(SECONDS, SECONDS, st.integers(1, 2000))
    def test_it_never_shrinks(self, first: float, longest: float, fruitless: int) -> None:
        rules = PullRules(first_pause=first, longest_pause=longest)

        assert rules.pause(fruitless) <= rules.pause(fruitless + 1)

    @given(st.floats(0.001, 100), st.floats(1, 1000))
    def test_it_reaches_the_longest(self, first: float, factor: float) -> None:
        rules = PullRules(first_pause=first, longest_pause=first * factor)
        pauses = [rules.pause(fruitless) for fruitless in range(1, 20)]

        assert pauses[0] == first
        assert pauses[-1] == rules.longest_pause
        assert all(one < other or other == pauses[-1] for one, other in pairwise(pauses))


class TestAKeptDownload:
    @pytest.mark.parametrize("kind", [*ALWAYS, *ONCE_FOUND])
    @pytest.mark.parametrize("fruitless", [1, 7, 10**6])
    def test_it_is_asked_for_again_however_often_it_broke_off(
        self, kind: type[OllamaTuiError], fruitless: int
    ) -> None:
        assert may_mend(kind("it broke"), FOUND, fruitless, is_kept=True)

    @pytest.mark.parametrize("kind", NEVER)
    @pytest.mark.parametrize("pull", [ASKED, FOUND, VERIFYING])
    def test_what_stays_so_ends_it(self, kind: type[OllamaTuiError], pull: Pull) -> None:
        assert not may_mend(kind("no"), pull, 1, is_kept=True)

    @pytest.mark.parametrize("kind", ALWAYS)
    def test_a_busy_registry_is_asked_again_before_the_model_was_found(
        self, kind: type[OllamaTuiError]
    ) -> None:
        assert may_mend(kind("it broke"), ASKED, 7, is_kept=True)

    @pytest.mark.parametrize("kind", [kind for kind in ONCE_FOUND if kind is not Stalled])
    def test_what_fails_before_the_first_layer_is_told(self, kind: type[OllamaTuiError]) -> None:
        assert not may_mend(kind("it broke"), ASKED, 1, is_kept=True)

    @pytest.mark.parametrize("pull", [VERIFYING, FOUND.broken_off("").begun(9.0)])
    def test_one_that_was_found_stays_found(self, pull: Pull) -> None:
        assert may_mend(Unreachable("it went away"), pull, 1, is_kept=True)


class TestALeasedDownload:
    def test_one_that_joined_a_dying_one_is_asked_for_six_times(self) -> None:
        error = BrokenOff("it broke")
        again = [may_mend(error, ASKED, fruitless, is_kept=False) for fruitless in range(1, 9)]

        assert again == [True] * 5 + [False] * 3

    @pytest.mark.parametrize("kind", [RegistryBusy, *ONCE_FOUND, *NEVER])
    @pytest.mark.parametrize("pull", [ASKED, FOUND, VERIFYING])
    def test_everything_else_is_told(self, kind: type[OllamaTuiError], pull: Pull) -> None:
        assert not may_mend(kind("it broke"), pull, 1, is_kept=False)


class TestStalling:
    rules = PullRules(stall_seconds=5.0)

    def test_one_that_has_not_grown_for_too_long_is_refused(self) -> None:
        with pytest.raises(Stalled, match="Stalled at 60 %"):
            self.rules.refuse_stall(FOUND, FOUND.grew + 5.1)

    @pytest.mark.parametrize(
        ("pull", "now"),
        [(FOUND, FOUND.grew + 5.0), (ASKED, 1e9), (VERIFYING, 1e9)],
        ids=["just grown", "not found yet", "verifying"],
    )
    def test_others_are_left_alone(self, pull: Pull, now: float) -> None:
        self.rules.refuse_stall(pull, now)

    def test_one_that_was_asked_for_again_has_its_time_anew(self) -> None:
        again = FOUND.broken_off("").begun(100.0)

        self.rules.refuse_stall(again, 105.0)
        with pytest.raises(Stalled):
            self.rules.refuse_stall(again, 105.1)

    def test_silence_of_the_server_is_borne_as_long_as_it_may_have_nothing_to_say(self) -> None:
        patience = [self.rules.patience(pull) for pull in (FOUND, ASKED, VERIFYING)]

        assert patience == [5.0, 15.0, None]

    def test_one_that_was_never_answered_is_asked_for_again(self) -> None:
        silence = stalled(ASKED)

        assert str(silence).startswith("The server said nothing any more")
        assert may_mend(silence, ASKED, 1, is_kept=True)

    @given(st.sampled_from([ASKED, FOUND, VERIFYING]), SECONDS, st.floats(0.1, 1e6))
    def test_only_one_that_can_stall_is_ever_refused(
        self, pull: Pull, now: float, patience: float
    ) -> None:
        rules = PullRules(stall_seconds=patience)
        is_due = pull.state is PullState.PULLING and now - pull.grew > patience

        try:
            rules.refuse_stall(pull, now)
        except Stalled:
            assert is_due
        else:
            assert not is_due

    @given(st.integers(1, 999))
    def test_its_words_tell_the_share_as_everything_else_does(self, thousandths: int) -> None:
        progress = PullProgress("pulling a", "sha256:a", 1000, thousandths)
        pull = ASKED.advanced(progress, 1.0)

        assert stalled(pull).what == f"stalled at {units.share(pull.share)}"
