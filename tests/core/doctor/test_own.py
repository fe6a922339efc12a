"""This program's own files, and its way to the server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.doctor import Outcome, own
from ollama_tui.core.doctor.evidence import Answer, Own
from ollama_tui.core.doctor.surroundings import address_of, own_of, unwritable
from ollama_tui.core.errors import InvalidInput
from tests.core.doctor.evidences import ANSWER, OWN, found, outcome

CHOSEN = replace(OWN, current="qwen3:8b", current_key="qwen3:8b")


class TestTheChecks:
    def test_all_is_well(self) -> None:
        assert {one.outcome for one in own.check(OWN, ANSWER)} == {Outcome.OK}

    def test_no_config_file_is_well_too(self) -> None:
        told = found(own.check(replace(OWN, has_config=False), ANSWER), "own.config")

        assert (told.outcome, "defaults" in told.sentence) == (Outcome.OK, True)

    def test_one_that_cannot_be_read_is_a_fault(self) -> None:
        broken = replace(OWN, config_failure="It is not TOML.", config_remedy="Mend it.")

        told = found(own.check(broken, ANSWER), "own.config")

        assert (told.outcome, told.next_step) == (Outcome.FAULT, "Mend it.")

    def test_a_folder_that_cannot_be_written_is_a_fault(self) -> None:
        closed = replace(OWN, unwritable={"/state": "this user may not write there"})

        told = found(own.check(closed, ANSWER), "own.folders")

        assert (told.outcome, "/state: this user" in told.sentence) == (Outcome.FAULT, True)

    @pytest.mark.parametrize(
        ("chosen", "answer", "expected"),
        [
            (OWN, ANSWER, Outcome.OK),
            (CHOSEN, ANSWER, Outcome.OK),
            (CHOSEN, replace(ANSWER, models=()), Outcome.WARNING),
            (CHOSEN, Answer(failure="Refused."), Outcome.UNKNOWN),
        ],
    )
    def test_the_current_model_is_judged(
        self, chosen: Own, answer: Answer, expected: Outcome
    ) -> None:
        assert outcome(own.check(chosen, answer), "own.current") is expected


class TestTheFiles:
    def test_they_are_read(self, tmp_path: Path) -> None:
        (tmp_path / "config.toml").touch()

        found = own_of(tmp_path / "config.toml", (tmp_path / "state",), lambda: "qwen3:8b")

        assert found.has_config
        assert (found.current, found.unwritable) == ("qwen3:8b", {})
        assert found.current_key in (ANSWER.models or ())

    def test_what_was_wrong_with_the_settings_is_told(self, tmp_path: Path) -> None:
        wrong = InvalidInput("theme is no theme", "Mend it.")

        found = own_of(tmp_path / "x", (tmp_path,), lambda: None, wrong)

        assert (found.config_failure, found.config_remedy) == ("Theme is no theme.", "Mend it.")

    def test_a_file_in_the_place_of_a_folder_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "state").touch()

        assert (
            "is no folder"
            in unwritable([tmp_path / "state" / "more"])[str(tmp_path / "state" / "more")]
        )


def test_an_address_has_no_secrets() -> None:
    environment = {"OLLAMA_HOST": "http://me:pw@box", "http_proxy": "http://a:b@proxy:1", "X": "y"}

    found = address_of("http://me:pw@box:11434", environment, origin="environment")

    assert (found.url, found.said) == ("http://box:11434", "http://box")
    assert found.proxies == {"http_proxy": "http://proxy:1"}
