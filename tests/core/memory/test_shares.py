"""The parts of what a model takes, as they are printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.memory.shares import shares


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((9_000_000, 4_300_000, 4_800_000, 0), ("9 MiB", "4 MiB", "4 MiB", "0 MiB")),
        ((20 * 2**20, 457 * 2**20), ("20 MiB", "457 MiB")),
        ((2**30, 2**20, 0), ("1.0 GiB", "0.0 GiB", "0.0 GiB")),
        ((2**30 // 2 + 2**30 // 25,) * 3, ("0.6 GiB", "0.5 GiB", "0.5 GiB")),
        ((0, 0), ("0 MiB", "0 MiB")),
    ],
)
def test_parts_of_memory_are_told_in_one_unit(
    parts: tuple[int, ...], words: tuple[str, ...]
) -> None:
    assert shares(parts, sum(parts)) == words


@given(st.lists(st.integers(0, 2**44), min_size=1, max_size=6))
def test_parts_of_memory_add_up_to_the_sum_that_is_shown(parts: list[int]) -> None:
    words = shares(parts, sum(parts))
    (whole,) = shares([sum(parts)], sum(parts))

    shown = sum(float(of.split()[0]) for of in words)
    assert shown == pytest.approx(float(whole.split()[0]), abs=0.001)
