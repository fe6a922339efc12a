"""Keys: how they are written, and how they are bound to other acts."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.acts import ACTS, MOVES, Act, Panel
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.keys import elsewhere, key_sign, rebound

ALL = ACTS + MOVES


def keys_of(acts: tuple[Act, ...], name: str) -> tuple[str, ...]:
    return next(act.keys for act in acts if act.id == name)


class TestWritingKeys:
    @pytest.mark.parametrize(
        ("key", "sign"),
        [
            ("q", "q"),
            ("S", "S"),
            ("enter", "↵"),
            ("escape", "esc"),
            ("slash", "/"),
            ("question_mark", "?"),
            ("colon", ":"),
            ("ctrl+p", "^p"),
            ("f1", "F1"),
            ("space", "space"),
            ("down", "↓"),
        ],
    )
    def test_as_people_write_them(self, key: str, sign: str) -> None:
        assert key_sign(key) == sign


class TestWhereAKeyWorks:
    @pytest.mark.parametrize(
        ("key", "panel", "words"),
        [
            ("d", Panel.RUNNING, "d works in Models."),
            ("x", Panel.MODELS, "x works in Running, Downloads."),
            ("enter", Panel.GPUS, "↵ works in Models, Running, Downloads."),
            ("x", Panel.DOWNLOADS, ""),
            ("q", Panel.GPUS, ""),
            ("w", Panel.MODELS, ""),
        ],
    )
    def test_one_that_does_nothing_here_says_where_it_does(
        self, key: str, panel: Panel, words: str
    ) -> None:
        assert elsewhere((*ACTS, *MOVES), key, panel) == words


class TestBindingKeys:
    def test_the_defaults_do_not_clash(self) -> None:
        assert rebound(ALL, {}) == ALL

    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("backspace", ("backspace",)),
            ("f5, ctrl+t", ("f5", "ctrl+t")),
            (" w ", ("w",)),
            ("W", ("W",)),
            (".", ("full_stop",)),
            ("+", ("plus",)),
            ("shift+f24", ("shift+f24",)),
            ("0", ("0",)),
        ],
    )
    def test_an_act_takes_the_users_keys_in_place_of_its_own(
        self, text: str, keys: tuple[str, ...]
    ) -> None:
        acts = rebound(ALL, {"model.use": text})

        assert keys_of(acts, "model.use") == keys
        assert len(acts) == len(ALL)

    def test_two_acts_may_change_places(self) -> None:
        acts = rebound(ALL, {"model.inspect": "o", "model.talk": "i"})

        assert keys_of(acts, "model.inspect") == ("o",)
        assert keys_of(acts, "model.talk") == ("i",)

    def test_acts_of_panels_that_never_meet_may_share_a_key(self) -> None:
        acts = rebound(ALL, {"pull.cancel": "o"})

        assert keys_of(acts, "pull.cancel") == keys_of(acts, "model.talk") == ("o",)


class TestWrongKeys:
    @pytest.mark.parametrize(
        ("keys", "words"),
        [
            ({"model.destroy": "x"}, "There is no act 'model.destroy'"),
            ({"": "x"}, "There is no act ''"),
            ({"model.use": "entr"}, "'entr' for model.use is no key"),
            ({"model.use": ""}, "'' for model.use is no key"),
            ({"model.use": "enter,"}, "'' for model.use is no key"),
            ({"model.use": "ü"}, "'ü' for model.use is no key"),
            ({"model.use": "alt+x"}, "'alt+x' for model.use is no key"),
            ({"model.use": "ctrl+"}, "'ctrl+' for model.use is no key"),
            ({"model.use": "f0"}, "'f0' for model.use is no key"),
            ({"model.use": "f25"}, "'f25' for model.use is no key"),
            ({"model.use": "f²"}, "'f²' for model.use is no key"),
            ({"model.use": "f٣"}, "for model.use is no key"),
            ({"model.use": "i"}, "The key 'i' is bound to model.use and to model.inspect"),
            ({"model.use": "q"}, "The key 'q' is bound to model.use and to program.quit"),
            ({"move.down": "k"}, "The key 'k' is bound to move.down and to move.up"),
            ({"model.use": "/"}, "The key 'slash' is bound to"),
        ],
    )
    def test_are_refused_with_their_names(self, keys: dict[str, str], words: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            rebound(ALL, keys)

        assert words in str(refusal.value)

    def test_a_clash_needs_a_panel_where_both_work(self) -> None:
        one = Act("one", ("x",), "w", "t", "g", (Panel.MODELS, Panel.RUNNING))
        other = Act("other", ("x",), "w", "t", "g", (Panel.RUNNING,))

        with pytest.raises(InvalidInput, match="'x' is bound to one and to other"):
            rebound((one, other), {})

    @given(st.text())
    def test_any_text_is_a_key_or_refused(self, text: str) -> None:
        with suppress(InvalidInput):
            assert keys_of(rebound(ALL, {"view.theme": text}), "view.theme")
