"""Versions of Ollama."""

from __future__ import annotations

import pytest

from ollama_tui.core.versions import Version, version_of


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.32.15", (0, 32, 15)),
        ("v0.5.5-rc1", (0, 5, 5)),
        ("0.0.0", None),
        ("", None),
        ("0.30", None),
        ("dev", None),
        (f"0.{'9' * 5000}.1", None),
    ],
)
def test_a_release_is_three_numbers_and_all_else_is_none(
    text: str, version: Version | None
) -> None:
    assert version_of(text) == version
