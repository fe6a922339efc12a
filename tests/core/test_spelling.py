"""The word that was meant."""

from __future__ import annotations

from ollama_tui.core.spelling import advice


def test_the_nearest_known_word_is_named() -> None:
    assert advice("parralel", ["mouse", "parallel"], "Look.") == "Did you mean parallel?"


def test_where_none_is_near_something_else_is_said() -> None:
    assert advice("colour", ["mouse", "parallel"], "Look.") == "Look."
    assert advice("x" * 100_000, ["mouse"], "Look.") == "Look."
