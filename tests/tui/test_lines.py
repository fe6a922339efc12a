from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ollama_tui.tui.lines import (
    Line,
    bar,
    changed_cells,
    cut,
    elided,
    fitted,
    joined,
    line,
    plain,
    quiet,
    spread,
    width,
    with_tail,
    wrapped,
)

LETTERS = st.sampled_from("ab:/.-_ é漢字한ｱ😀e\u0301")
TEXTS = st.text(LETTERS, max_size=30)
INKS = st.sampled_from(["", "quiet", "loud", "loud cursor"])
LINES = st.lists(st.tuples(TEXTS, INKS), max_size=6).map(tuple)
CELLS = st.integers(0, 60)


def cells_of(of: Line) -> list[tuple[str, str]]:
    """What is in each cell: a letter with its ink; a wide letter's second cell is empty."""
    cells: list[tuple[str, str]] = []
    for text, ink in of:
        for letter in text:
            size = cell_len(letter)
            if size == 0 and cells:
                cells[-1] = (cells[-1][0] + letter, ink)
            cells += [(letter, ink), ("", ink)][:size]
    return cells


def test_of_a_long_path_the_last_part_stays() -> None:
    name = "127.0.0.1:5555/acme/big:8b"
    assert with_tail(name, 26) == name
    assert with_tail(name, 17) == "127.0.0.1…/big:8b"
    assert with_tail(name, 8) == "…/big:8b"
    assert with_tail(name, 6) == "big:8b"
    assert cell_len(with_tail(name, 3)) <= 3


@given(LINES, CELLS)
def test_what_is_cut_is_never_longer(of: Line, cells: int) -> None:
    assert width(cut(of, cells)) <= cells


@given(LINES, CELLS)
def test_what_fits_is_not_cut(of: Line, cells: int) -> None:
    if width(of) <= cells:
        assert cut(of, cells) == of


@given(LINES, st.integers(1, 60))
def test_what_is_cut_ends_in_an_ellipsis(of: Line, cells: int) -> None:
    if width(of) > cells:
        assert plain(cut(of, cells)).endswith("…")


@given(LINES, CELLS, st.booleans())
def test_what_is_fitted_has_exactly_the_width(of: Line, cells: int, right: bool) -> None:
    assert width(fitted(of, cells, right=right)) == cells


def test_text_is_fitted_to_the_left_or_the_right() -> None:
    assert plain(fitted(line("ab"), 4)) == "ab  "
    assert plain(fitted(line("ab"), 4, right=True)) == "  ab"


@given(LINES, LINES, CELLS)
def test_what_is_spread_has_exactly_the_width_where_it_fits(
    left: Line, right: Line, cells: int
) -> None:
    assert width(spread(left, right, cells)) <= cells
    if width(right) < cells:
        assert width(spread(left, right, cells)) == cells


def test_the_right_edge_is_kept_when_the_left_is_cut() -> None:
    assert plain(spread(line("a long left"), line("right"), 10)) == "a lo…right"


@given(TEXTS, st.integers(1, 60))
def test_what_is_wrapped_is_never_longer_and_loses_nothing(text: str, cells: int) -> None:
    rows = wrapped(text, cells)

    assert all(width(row) <= cells for row in rows)
    if all(cell_len(letter) <= cells for letter in text):
        assert "".join("".join(map(plain, rows)).split()) == "".join(text.split())
    if all(cell_len(word) <= cells for word in text.split()):
        assert " ".join(plain(row) for row in rows).split() == text.split()


@given(TEXTS, CELLS, st.text(LETTERS, max_size=4))
def test_a_name_is_never_longer_than_its_room(name: str, cells: int, keep: str) -> None:
    assert cell_len(elided(name, cells, keep)) <= cells


@given(
    st.text(st.sampled_from("abcdef/-."), min_size=1, max_size=60),
    st.text(st.sampled_from("q48bKM_"), min_size=1, max_size=8),
    st.integers(20, 60),
)
def test_a_shortened_name_keeps_its_tag(name: str, tag: str, cells: int) -> None:
    assert elided(f"{name}:{tag}", cells).endswith(f":{tag}")


@given(st.text(st.sampled_from("abcdef/-."), max_size=80), st.integers(20, 40))
def test_a_shortened_name_keeps_what_was_looked_for(before: str, cells: int) -> None:
    assert "XYZ" in elided(f"{before}XYZtail:8b", cells, "xyz")


@pytest.mark.parametrize(
    ("name", "cells", "shown"),
    [
        ("qwen3:8b", 8, "qwen3:8b"),
        ("hf.co/bartowski/Qwen2.5-Coder:Q4_K_M", 27, "hf.co…/Qwen2.5-Coder:Q4_K_M"),
        ("hf.co/bartowski/Qwen2.5-Coder:Q4_K_M", 20, "…/Qwen2.5-Co…:Q4_K_M"),
        ("hf.co/bartowski/Qwen2.5-Coder:Q4_K_M", 14, "Qwen2.…:Q4_K_M"),
        ("127.0.0.1:5555/acme/tiny:latest", 25, "127.0.0.1:55…/tiny:latest"),
        ("127.0.0.1:5555/acme/tiny", 12, "127.0.…/tiny"),
        ("averylongnamewithoutatag", 10, "averylong…"),
        ("name", 1, "…"),
        ("name", 0, ""),
    ],
)
def test_of_a_name_the_registry_goes_first_and_then_its_end(
    name: str, cells: int, shown: str
) -> None:
    assert elided(name, cells) == shown


@given(LINES, LINES)
def test_changed_cells_covers_each_difference(before: Line, after: Line) -> None:
    size = max(width(before), width(after))
    before, after = fitted(before, size), fitted(after, size)
    start, end = changed_cells(before, after)

    changed = [
        at
        for at, (old, new) in enumerate(zip(cells_of(before), cells_of(after), strict=True))
        if old != new
    ]
    assert all(start <= at < end for at in changed)
    assert 0 <= start <= end <= size


def test_only_the_piece_that_changed_is_covered() -> None:
    before = line("name      ", "12 %", "  left")
    after = line("name      ", "13 %", "  left")

    start, end = changed_cells(before, after)
    assert 8 <= start <= 10
    assert end == 14


def test_what_moved_is_covered_to_the_end() -> None:
    before, after = line("a", "9 s", " left "), line("a", "10 s", " left")

    start, end = changed_cells(before, after)
    assert start <= 1
    assert end == 10


@given(st.floats(allow_nan=False) | st.none(), st.integers(0, 80))
def test_a_bar_has_exactly_its_width(share: float | None, cells: int) -> None:
    assert width(bar(share, cells, "yours")) == cells


def test_a_bar_grows_by_half_cells() -> None:
    assert plain(bar(0.0, 4, "yours")) == "────"
    assert plain(bar(0.125, 4, "yours")) == "╸───"
    assert plain(bar(0.5, 4, "yours")) == "━━──"
    assert plain(bar(1.0, 4, "yours")) == "━━━━"


def test_empty_parts_are_not_joined() -> None:
    assert plain(joined([(), line("a"), (), line("b")])) == "a · b"
    assert joined([]) == ()


def test_empty_pieces_are_dropped_and_bare_texts_have_no_ink() -> None:
    assert line("a", "", quiet("b")) == (("a", ""), ("b", "quiet"))
