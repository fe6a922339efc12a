"""The short list of well-known models."""

from __future__ import annotations

from ollama_tui.core.names import name_key, parse_name
from ollama_tui.core.well_known import WELL_KNOWN


def test_every_name_can_be_pulled() -> None:
    assert all(parse_name(name).model for name, _ in WELL_KNOWN)


def test_no_name_is_there_twice() -> None:
    assert len({name_key(name) for name, _ in WELL_KNOWN}) == len(WELL_KNOWN)


def test_every_size_is_that_of_a_model() -> None:
    assert all(100e6 < size < 100e9 for _, size in WELL_KNOWN)
