"""The server and its version."""

from __future__ import annotations

import pytest

from ollama_tui.core.doctor import Outcome, server
from ollama_tui.core.doctor.evidence import Address, Answer
from tests.core.doctor.evidences import ADDRESS, ANSWER, found, outcome


class TestAnswering:
    def test_one_that_answers_is_well(self) -> None:
        told = found(server.check(ADDRESS, ANSWER), "server.answers")

        assert (told.outcome, told.sentence) == (
            Outcome.OK,
            "Ollama answers at http://127.0.0.1:11434.",
        )

    def test_one_that_does_not_is_a_fault_with_its_remedy(self) -> None:
        down = Answer(failure="Connection refused.", remedy="Start it.", is_reached=False)

        told = found(server.check(ADDRESS, down), "server.answers")

        assert (told.outcome, told.next_step) == (Outcome.FAULT, "Start it.")

    def test_a_fault_without_a_remedy_has_a_next_step_all_the_same(self) -> None:
        assert found(server.check(ADDRESS, Answer(failure="Cut.")), "server.answers").next_step

    def test_that_of_the_demo_is_called_invented(self) -> None:
        demo = Address("http://127.0.0.1:11434", is_demo=True)

        assert "invented" in found(server.check(demo, ANSWER), "server.answers").sentence


class TestTheVersion:
    @pytest.mark.parametrize(
        ("version", "expected"),
        [
            ("0.32.15", Outcome.OK),
            ("0.10.0-rc2", Outcome.OK),
            ("0.9.6", Outcome.WARNING),
            ("0.1.38", Outcome.WARNING),
            ("0.1.37", Outcome.FAULT),
            ("0.0.0", Outcome.UNKNOWN),
            ("", Outcome.UNKNOWN),
            ("main", Outcome.UNKNOWN),
        ],
    )
    def test_it_is_as_old_as_it_is(self, version: str, expected: Outcome) -> None:
        assert outcome(server.check(ADDRESS, Answer(version)), "server.version") is expected

    def test_one_without_a_list_of_what_is_loaded_is_too_old(self) -> None:
        old = Answer("0.2.0", "no such call", is_too_old=True)

        assert outcome(server.check(ADDRESS, old), "server.version") is Outcome.FAULT
        assert outcome(server.check(ADDRESS, old), "server.answers") is Outcome.OK


class TestWhatItLacks:
    def test_a_new_one_lacks_nothing(self) -> None:
        assert "has all" in found(server.check(ADDRESS, ANSWER), "server.features").sentence

    def test_a_fair_one_tells_what_is_not_shown_because_of_it(self) -> None:
        told = found(server.check(ADDRESS, Answer("0.24.0")), "server.features")

        assert told.outcome is Outcome.OK
        assert told.sentence.startswith("With Ollama 0.24.0 what a model can do is shown once")
        assert "cloud" not in told.sentence

    def test_an_old_one_is_to_be_updated(self) -> None:
        told = found(server.check(ADDRESS, Answer("0.6.0")), "server.features")

        assert (told.outcome, "Update" in told.next_step) == (Outcome.WARNING, True)

    def test_without_a_version_nothing_is_known(self) -> None:
        told = outcome(server.check(ADDRESS, Answer("")), "server.features")

        assert told is Outcome.UNKNOWN


class TestItsClock:
    def test_one_that_agrees_is_well(self) -> None:
        assert outcome(server.check(ADDRESS, ANSWER), "server.clock") is Outcome.OK

    @pytest.mark.parametrize(
        ("ahead", "words"), [(7200.0, "2 hours ahead of this"), (-90.0, "90 s behind this")]
    )
    def test_one_that_is_off_says_by_how_much_and_what_that_changes(
        self, ahead: float, words: str
    ) -> None:
        off = Answer("0.32.15", clock_ahead=ahead)

        told = found(server.check(ADDRESS, off), "server.clock")

        assert told.outcome is Outcome.WARNING
        assert words in told.sentence
        assert "ages of models" in told.sentence
        assert "unloads" in told.sentence
        assert "NTP" in told.next_step

    def test_what_was_not_told_is_not_known(self) -> None:
        silent = Answer("0.32.15")

        assert outcome(server.check(ADDRESS, silent), "server.clock") is Outcome.UNKNOWN
