"""Parameters and system prompt as a text that is edited."""

from __future__ import annotations

import pytest

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.tuning import (
    Tuning,
    bare_text_of,
    difference,
    is_writable,
    parameters_from,
    text_of,
    tuning_from,
    tuning_of,
)

SHOWN = {
    "parameters": "\n".join(
        (
            "num_ctx                        1.048576e+06",
            'stop                           "a\\"b"',
            'stop                           "\\n\\nUser:"',
            'stop                           "é\\u200bx\\t"',
            "temperature                    0.7",
            "use_mmap                       true",
            "mirostat                       2",
            "num_gpu                        <nil>",
        )
    ),
    "system": 'Be "brief".\nSay """x""" twice.\t',
}
"""As Ollama 0.32.15 told it."""
MIRO = Tuning({"mirostat": ("2",), "num_ctx": 8192}, "Be brief.")


class TestReadingWhatIsShown:
    def test_each_value_is_what_it_is_there(self) -> None:
        tuning = tuning_of(SHOWN)

        assert tuning.parameters == {
            "num_ctx": 1048576,
            "stop": ('a"b', "\n\nUser:", "é\u200bx\t"),
            "temperature": 0.7,
            "use_mmap": True,
            "mirostat": ("2",),
        }
        assert tuning.system == SHOWN["system"]

    def test_what_was_set_to_nothing_is_not_set(self) -> None:
        assert "num_gpu" not in tuning_of(SHOWN).parameters

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            (r'"\xzz"', r"\xzz"),
            (r'"\UFFFFFFFF"', r"\UFFFFFFFF"),
            (r'"\ud800\q"', r"\ud800\q"),
            (r'"\U0001f600\x41\\n"', "😀A\\n"),
            ('"\ud800"', "\ufffd"),
        ],
        ids=range(5),
    )
    def test_an_escape_that_means_no_character_stays_as_it_is(
        self, written: str, text: str
    ) -> None:
        assert tuning_of({"parameters": f"stop {written}"}).parameters == {"stop": (text,)}

    def test_half_a_character_is_replaced(self) -> None:
        tuning = tuning_of({"parameters": "\ud800 1", "system": "a\udc00é"})

        assert tuning == Tuning({"\ufffd": ("1",)}, "a\ufffdé")

    def test_a_model_of_neither_has_neither(self) -> None:
        assert tuning_of({}) == Tuning()


class TestTheText:
    @pytest.mark.parametrize(
        "tuning",
        [
            Tuning(),
            MIRO,
            tuning_of(SHOWN),
            Tuning({"stop": ('"', " a ", "# b", "User:\n")}, "# one\n\nPARAMETER two 3\n"),
            Tuning({"temperature": 1e-05, "use_mmap": False, "num_gpu": -1}),
        ],
    )
    def test_unchanged_it_says_what_the_model_has(self, tuning: Tuning) -> None:
        assert is_writable(tuning)
        assert tuning_from(text_of(tuning, "m"), tuning) == tuning

    def test_it_names_the_model_and_hints_at_what_is_not_set(self) -> None:
        text = text_of(MIRO, "phi4:14b")

        assert "of phi4:14b\n" in text
        assert "\n# PARAMETER temperature 0.8\n" in text
        assert "# PARAMETER num_ctx" not in text
        assert "# SYSTEM" not in text

    def test_each_hint_can_be_taken_at_its_word(self) -> None:
        text = text_of(Tuning(), "m").replace("\n# PARAMETER", "\nPARAMETER")

        after = tuning_from(text.replace("\n# SYSTEM", "\nSYSTEM"), Tuning())

        assert after.parameters["temperature"] == 0.8
        assert after.parameters["stop"] == ("User:",)
        assert after.system == "You are a helpful assistant."

    @pytest.mark.parametrize("system", ['a """\nb', "a\rb"])
    def test_a_text_that_no_modelfile_can_hold_is_known(self, system: str) -> None:
        assert not is_writable(Tuning({}, system))


class TestWhatWasTyped:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("PARAMETER num_ctx many", "line 1: `num_ctx` must be a whole number, and not 'many'"),
            ("\n\nPARAMETER num_ctx 1", "line 3: `num_ctx` must be 4 or more"),
            ("PARAMETER num_ctxx 1", "line 1: Ollama has no parameter 'num_ctxx'"),
            ("PARAMETER num_ctx 8192 # big", "line 1: `num_ctx` must be a whole number"),
            ("PARAMETER seed 1\nPARAMETER seed 2", "line 2: `seed` is there already"),
            ("SYSTEM a\nSYSTEM b", "line 2: there is a SYSTEM already"),
            ("TEMPLATE x", "line 1: TEMPLATE cannot be changed here"),
            ("FROM x", "line 1: FROM cannot be changed here"),
            ('SYSTEM """x', "line 1: the"),
            ("PARAMETER mirostat 2", "line 1: Ollama has no parameter 'mirostat'"),
        ],
    )
    def test_a_mistake_names_its_line(self, text: str, why: str) -> None:
        with pytest.raises(InvalidInput) as wrong:
            tuning_from(text, Tuning())

        assert why in wrong.value.what

    def test_a_parameter_that_is_unknown_here_stays_or_goes(self) -> None:
        assert tuning_from(bare_text_of(MIRO), MIRO) == MIRO
        assert tuning_from("PARAMETER num_ctx 8192", MIRO).parameters == {"num_ctx": 8192}

    def test_it_cannot_be_changed(self) -> None:
        with pytest.raises(InvalidInput, match="no parameter 'mirostat'"):
            tuning_from("PARAMETER mirostat 1", MIRO)

    def test_an_odd_value_that_was_there_may_stay(self) -> None:
        odd = Tuning({"top_p": 1.5})

        assert tuning_from("PARAMETER top_p 1.5", odd) == odd

    def test_a_broken_value_that_was_there_may_not(self) -> None:
        broken = tuning_of({"parameters": 'num_ctx "many"'})

        with pytest.raises(InvalidInput, match="`num_ctx` must be a whole number"):
            tuning_from(bare_text_of(broken), broken)


class TestWithoutAnEditor:
    def test_pairs_are_read_and_stop_texts_gathered(self) -> None:
        assert parameters_from(["num_ctx=8192", "stop=a=b", "stop= c"]) == {
            "num_ctx": 8192,
            "stop": ("a=b", " c"),
        }

    @pytest.mark.parametrize("pair", ["num_ctx", "num_ctx=many", "nothing=1", "=1"])
    def test_a_wrong_pair_is_refused(self, pair: str) -> None:
        with pytest.raises(InvalidInput):
            parameters_from([pair])

    def test_what_is_not_named_stays(self) -> None:
        assert MIRO.changed({"seed": 1}, ["num_ctx"]) == Tuning(
            {"mirostat": ("2",), "seed": 1}, "Be brief."
        )

    def test_only_what_is_set_can_be_unset(self) -> None:
        with pytest.raises(InvalidInput, match="parameter seed is not set"):
            MIRO.changed({}, ["seed"])


class TestTheDifference:
    def test_nothing_changed_is_no_line(self) -> None:
        assert difference(MIRO, MIRO) == ()

    def test_lines_that_go_and_come_are_marked(self) -> None:
        after = MIRO.changed({"num_ctx": 4096, "stop": ("a", "b")}, system="Be brief.\nBe kind.")

        assert difference(MIRO, after) == (
            "-PARAMETER num_ctx 8192",
            "+PARAMETER num_ctx 4096",
            '+PARAMETER stop "a"',
            '+PARAMETER stop "b"',
            " PARAMETER mirostat 2",
            '-SYSTEM """Be brief."""',
            '+SYSTEM """Be brief.',
            '+Be kind."""',
        )

    def test_it_is_safe_to_be_shown(self) -> None:
        lines = difference(Tuning(), Tuning({}, "\x1b]52;c;aGk=\a\u202eevil"))

        assert lines == ('+SYSTEM """]52;c;aGk=evil"""',)


def test_thousands_of_lines_are_read_as_one_is() -> None:
    many = Tuning({"stop": tuple(map(str, range(5000)))}, "\n".join(map(str, range(5000))))

    assert tuning_from(bare_text_of(many), many) == many
