"""The table of acts: keys, words and reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ollama_tui.core.acts import ACTS, MOVES, Act, Panel, Situation
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.pulls import Pull

ALL = ACTS + MOVES
NOTHING = Situation()
MODEL = Situation(model=Model("a:1b"))
LOADED = Situation(panel=Panel.RUNNING, loaded=RunningModel("a:1b"))
PULL = Situation(panel=Panel.DOWNLOADS, pull=Pull("a:1b", 0))
ENDED = replace(PULL, pull=Pull("a:1b", 0).finished(1.0))


def act(name: str) -> Act:
    return next(act for act in ALL if act.id == name)


class TestTheTable:
    def test_every_act_has_an_id_of_its_own(self) -> None:
        assert max(Counter(act.id for act in ALL).values()) == 1

    @pytest.mark.parametrize("act", ALL, ids=lambda act: act.id)
    def test_the_words_fit(self, act: Act) -> None:
        assert 0 < len(act.title) <= 24
        assert len(act.help_line) <= 24
        assert 0 < len(act.word) <= (10 if act.in_key_bar else 24)
        assert act.group in ("Models", "Running", "Downloads", "Look", "Move", "Program")

    @pytest.mark.parametrize("act", ACTS, ids=lambda act: act.id)
    def test_what_the_palette_lacks_has_a_key(self, act: Act) -> None:
        assert act.in_palette or act.keys

    def test_no_key_needs_alt_or_what_multiplexers_take(self) -> None:
        keys = {key for act in ALL for key in act.keys}

        assert not keys & {"ctrl+a", "ctrl+b"}
        assert not [key for key in keys if "alt+" in key]

    def test_no_capital_letter_removes_anything(self) -> None:
        capitals = {act.id for act in ALL for key in act.keys if len(key) == 1 and key.isupper()}

        assert not [name for name in capitals if "delete" in name or "cancel" in name]


class TestWhereAnActWorks:
    def test_one_without_panels_works_everywhere(self) -> None:
        assert [act("program.quit").works_in(panel) for panel in Panel] == [True] * len(Panel)

    def test_one_with_panels_works_only_there(self) -> None:
        assert act("pull.cancel").works_in(Panel.DOWNLOADS)
        assert not act("pull.cancel").works_in(Panel.MODELS)

    def test_two_that_meet_nowhere_may_share_a_key(self) -> None:
        assert not act("model.use").meets(act("pull.show"))
        assert act("model.use").meets(act("program.quit"))


class TestReasons:
    @pytest.mark.parametrize(
        ("name", "now", "reason"),
        [
            ("model.use", NOTHING, "No model is selected."),
            ("model.load", replace(NOTHING, is_down=True), "The server does not answer."),
            ("model.use", MODEL, ""),
            ("model.use", LOADED, ""),
            ("model.use", replace(MODEL, is_down=True), ""),
            ("model.use", replace(MODEL, is_read_only=True), ""),
            ("model.inspect", NOTHING, "No model is selected."),
            ("model.inspect", replace(MODEL, is_down=True), ""),
            ("model.talk", MODEL, ""),
            ("model.talk", replace(MODEL, is_down=True), "The server does not answer."),
            ("model.copy_name", replace(MODEL, is_down=True), ""),
            ("pull.open", NOTHING, ""),
            ("pull.open", replace(NOTHING, is_down=True), "The server does not answer."),
            ("pull.show", PULL, ""),
            ("pull.show", NOTHING, "No download is selected."),
            ("pull.cancel", NOTHING, "No download is selected."),
            ("pull.pause", PULL, ""),
            ("pull.pause", NOTHING, "No download is selected."),
            ("pull.pause", ENDED, ""),
            ("pull.pause_all", replace(NOTHING, is_down=True), ""),
            ("pull.again", NOTHING, "No model is selected."),
            ("pull.again", MODEL, ""),
            ("pull.again", ENDED, ""),
            ("pull.again", PULL, "a:1b is on its way."),
            ("pull.again", replace(NOTHING, panel=Panel.DOWNLOADS), "No download is selected."),
            ("pull.again", replace(MODEL, is_down=True), "The server does not answer."),
            ("program.quit", replace(NOTHING, is_down=True, is_read_only=True), ""),
            ("view.filter", replace(NOTHING, is_down=True), ""),
        ],
    )
    def test_each_says_why_it_cannot_act(self, name: str, now: Situation, reason: str) -> None:
        assert act(name).reason_against(now) == reason

    @pytest.mark.parametrize("act", [act for act in ALL if act.changes], ids=lambda act: act.id)
    def test_what_changes_the_server_is_refused_in_read_only_mode(self, act: Act) -> None:
        reason = act.reason_against(Situation(is_read_only=True))

        assert reason.startswith("Read-only mode")

    @pytest.mark.parametrize("name", ["model.use", "model.inspect", "pull.show", "pull.history"])
    def test_what_only_looks_or_notes_is_not(self, name: str) -> None:
        assert not act(name).changes

    def test_the_demos_models_cannot_talk(self) -> None:
        reason = act("model.talk").reason_against(replace(MODEL, is_demo=True))

        assert reason.startswith("The demo's models cannot talk")
