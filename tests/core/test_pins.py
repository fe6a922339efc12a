"""Pins: when one holds, how it ended, and when it may be renewed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.models import RunningModel
from ollama_tui.core.pin_ends import Break, Ending
from ollama_tui.core.pins import RENEWAL_SECONDS, Look, Pin, Pins

NOW = 1_790_000_000.0
FOR_EVER = NOW + 300 * 365 * 86400
PINNED = RunningModel("chat:8b", "aa" * 32, 8, 8, 4096, FOR_EVER)
SHORT = replace(PINNED, expires_at=NOW + 300)
OTHER = RunningModel("other:latest", "bb" * 32, 8, 8, 4096, NOW + 300)
PINS = Pins().pinned(PINNED).seen(Look((PINNED,), NOW))


def pin_after(*looks: Look) -> Pin:
    """The only pin after those looks."""
    pins = PINS
    for look in looks:
        pins = pins.seen(look)
    return pins.pins[0]


def ended(pin: Pin) -> Break:
    """How the pin ended."""
    assert pin.broken is not None
    return pin.broken


class TestHolding:
    def test_it_holds_as_long_as_ps_says_so(self) -> None:
        assert pin_after(Look((PINNED,), NOW + 9, (PINNED,))).broken is None

    def test_a_look_that_changes_nothing_gives_the_very_same(self) -> None:
        assert PINS.seen(Look((PINNED, OTHER), NOW + 9, (PINNED,))) is PINS

    def test_a_copys_name_in_ps_is_the_same_model(self) -> None:
        assert pin_after(Look((replace(PINNED, name="copy:latest"),), NOW, ())).broken is None

    def test_a_server_that_tells_no_expiry_proves_nothing(self) -> None:
        assert pin_after(Look((replace(PINNED, expires_at=None),), NOW, (PINNED,))).broken is None

    def test_one_that_was_never_seen_to_hold_is_not_called_lost_while_it_is_loaded(self) -> None:
        # `ps` tells the new expiry only once no request is in flight.
        fresh = Pins().pinned(PINNED).seen(Look((SHORT,), NOW))

        assert fresh.pins[0].broken is None


class TestEnding:
    def test_another_keep_alive_shortens_it(self) -> None:
        found = ended(pin_after(Look((SHORT,), NOW, (PINNED,))))

        assert (found.how, found.since) == (Ending.SHORTENED, NOW)
        assert found.reason == "another request keeps it for 5 minutes"

    def test_another_context_length_reloads_it(self) -> None:
        found = ended(pin_after(Look((replace(SHORT, context_length=2048),), NOW, (PINNED,))))

        assert found.how is Ending.RELOADED
        assert found.reason == "another request loaded it with 2k context"

    def test_a_model_that_appears_as_it_goes_pushed_it_out(self) -> None:
        found = ended(pin_after(Look((OTHER,), NOW, (PINNED,))))

        assert found.how is Ending.PUSHED_OUT
        assert found.reason == "other:latest was loaded in its place"

    def test_a_model_that_appears_soon_after_pushed_it_out_too(self) -> None:
        found = ended(pin_after(Look((), NOW, (PINNED,)), Look((OTHER,), NOW + 60, ())))

        assert (found.how, found.since, found.by) == (Ending.PUSHED_OUT, NOW, "other:latest")

    def test_a_model_that_appears_much_later_did_not(self) -> None:
        found = ended(pin_after(Look((), NOW, (PINNED,)), Look((OTHER,), NOW + 600, ())))

        assert found.how is Ending.UNLOADED

    def test_one_that_was_loaded_all_the_time_did_not(self) -> None:
        found = ended(pin_after(Look((OTHER,), NOW, (OTHER, PINNED))))

        assert found.reason == "it was unloaded elsewhere, or pushed out"

    def test_a_server_that_was_away_lost_it(self) -> None:
        found = ended(pin_after(Look((OTHER,), NOW, None, was_away=True)))

        assert found.how is Ending.SERVER_AWAY
        assert found.was_watched

    def test_where_nobody_watched_the_moment_is_a_limit(self) -> None:
        found = ended(pin_after(Look((OTHER,), NOW, None)))

        assert not found.was_watched
        assert found.words.startswith("pin lost before ")

    def test_the_first_end_stays_told(self) -> None:
        first = Look((SHORT,), NOW, (PINNED,))

        assert ended(pin_after(first, Look((), NOW + 300, (SHORT,)))).how is Ending.SHORTENED
        assert ended(pin_after(first, Look((SHORT,), NOW + 60, (SHORT,)))).since == NOW

    def test_one_that_is_pinned_again_holds_again(self) -> None:
        assert pin_after(Look((SHORT,), NOW, (PINNED,)), Look((PINNED,), NOW + 9)).broken is None


class TestAnOldAnswer:
    def test_says_nothing_of_what_was_pinned_since(self) -> None:
        fresh = Pins().loaded(PINNED).pinned(PINNED)

        assert fresh.seen(Look((), NOW, (), known=Pins())) is fresh

    def test_nor_of_what_was_pinned_again(self) -> None:
        lost = PINS.seen(Look((), NOW, (PINNED,)))
        again = lost.pinned(PINNED)

        assert again.seen(Look((), NOW, (), known=lost)) is again


class TestThePins:
    def test_a_model_is_found_by_name_and_by_digest(self) -> None:
        assert PINS.of(replace(PINNED, digest="cc" * 32)) is not None
        assert PINS.of(replace(PINNED, name="copy:latest")) is not None
        assert PINS.of(OTHER) is None

    def test_those_that_are_gone_are_listed_as_lost(self) -> None:
        gone = PINS.seen(Look((OTHER,), NOW, (PINNED,)))

        assert [pin.name for pin in gone.lost((OTHER,))] == ["chat:8b"]
        assert gone.lost((OTHER,), loading=["chat:8b"]) == ()
        assert PINS.seen(Look((SHORT,), NOW, (PINNED,))).lost((SHORT,)) == ()

    def test_pinning_again_keeps_one(self) -> None:
        assert len(PINS.pinned(PINNED).pins) == 1
        assert PINS.without(PINNED) == Pins()

    def test_they_follow_a_rename(self) -> None:
        assert [pin.name for pin in PINS.renamed("chat:8b", "mine:latest").pins] == ["mine:latest"]

    def test_what_was_loaded_here_is_forgotten_once_it_is_gone(self) -> None:
        pins = Pins().loaded(OTHER).loaded(PINNED).pinned(PINNED)

        assert pins.pins[0].is_ours
        assert pins.seen(Look((PINNED,), NOW)).ours == (PINNED.digest,)


class TestRenewingUnasked:
    OURS = Pins().loaded(PINNED).pinned(PINNED).seen(Look((PINNED,), NOW))
    SHORTENED = OURS.seen(Look((SHORT,), NOW, (PINNED,))).pins[0]
    GONE = OURS.seen(Look((), NOW, (PINNED,))).pins[0]

    @pytest.mark.parametrize(
        ("pin", "running", "may"),
        [
            (OURS.pins[0], (PINNED,), False),
            (SHORTENED, (SHORT, OTHER), True),
            (GONE, (), True),
            (GONE, (OTHER,), False),
            (replace(SHORTENED, is_ours=False), (SHORT,), False),
            (replace(SHORTENED, renewed_at=NOW - RENEWAL_SECONDS + 1), (SHORT,), False),
            (replace(SHORTENED, renewed_at=NOW - RENEWAL_SECONDS), (SHORT,), True),
        ],
        ids=["it holds", "shortened", "gone", "in use", "not ours", "just done", "a minute ago"],
    )
    def test_only_where_nothing_has_to_go(
        self, pin: Pin, running: tuple[RunningModel, ...], may: bool
    ) -> None:
        assert pin.can_renew(running, NOW) is may

    def test_a_renewed_pin_remembers_when(self) -> None:
        pins = Pins((self.SHORTENED,)).renewing("chat:8b", NOW).pinned(PINNED)

        assert pins.pins[0].renewed_at == NOW
        assert pins.pins[0].is_ours
