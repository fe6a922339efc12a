"""Where a long text is broken into rows, and where one goes in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ollama_tui.core.sections import Section
from ollama_tui.tui.document import Document


def of(text: str, label: int = 0) -> Document:
    """A document of one section."""
    return Document([Section("a", "A", text, label)])


def rows(document: Document, cells: int) -> list[str]:
    """All rows but the heading, as they are shown."""
    found = document.rows(0, 10_000, cells)
    return [document.text[start:end].rstrip("\n ") for start, end in found][1:]


def test_a_line_is_broken_between_words_and_keeps_its_indent() -> None:
    assert rows(of("  one two three\nfour"), 9) == ["  one two", "three", "four"]


def test_a_word_that_is_too_long_goes_on_in_the_next_row() -> None:
    assert rows(of("abcdefgh ij"), 5) == ["abcde", "fgh", "ij"]


def test_wide_letters_take_two_cells_and_accents_none() -> None:
    assert rows(of("漢字漢字漢"), 5) == ["漢字", "漢字", "漢"]
    assert rows(of("e\u0301" * 6), 5) == ["e\u0301" * 5, "e\u0301"]


def test_empty_lines_are_rows() -> None:
    assert rows(of("a\n\n\nb"), 9) == ["a", "", "", "b"]


def test_a_fact_goes_on_below_itself() -> None:
    document = of("digest  abcdefgh ijkl", label=8)

    assert rows(document, 14) == ["digest  abcdef", "gh", "ijkl"]
    starts = [start for start, _ in document.rows(0, 9, 14)]
    assert [document.indent(start) for start in starts] == [0, 0, 8, 8]


def test_each_section_has_its_heading() -> None:
    document = Document([Section("a", "A", "one"), Section("b", "B", "two\n")])

    assert document.text == "A\none\n\nB\ntwo"
    assert [document.section_at(at) for at in (0, 6, 7, 10)] == [0, 0, 1, 1]


def test_without_sections_it_is_one_empty_row() -> None:
    assert list(Document(()).rows(0, 5, 10)) == [(0, 0)]


@pytest.mark.parametrize("cells", [1, 7, 30])
@pytest.mark.parametrize("text", ["word " * 9000, "漢" * 20_000, "x\n" * 50, "x" * 8192 + "\n"])
def test_down_and_up_again_meet_the_same_rows(text: str, cells: int) -> None:
    document = of(text)
    down = [start for start, _ in document.rows(0, 400, cells)]

    up = [document.moved(down[-1], -count, cells) for count in range(len(down))]

    assert up == down[::-1]


@given(st.text(alphabet="ab \n漢e\u0301", max_size=60), st.integers(2, 12))
def test_rows_hold_all_of_the_text_and_fit(text: str, cells: int) -> None:
    document = of(text)
    found = list(document.rows(0, 1000, cells))

    assert "".join(document.text[start:end] for start, end in found) == document.text
    for start, end in found:
        assert cell_len(document.text[start:end].rstrip("\n ")) <= cells
        assert all(document.row_at(at, cells) == start for at in range(start, end))
