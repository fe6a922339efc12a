"""Failures as people read them."""

from __future__ import annotations

import pytest

from ollama_tui.core.errors import OllamaTuiError


@pytest.mark.parametrize(
    ("what", "remedy", "words"),
    [
        ("it broke", "", "It broke."),
        ("it broke", "Mend it.", "It broke. Mend it."),
        ("GPU gone", "", "GPU gone."),
        ("", "", "."),
    ],
)
def test_a_failure_reads_as_a_sentence(what: str, remedy: str, words: str) -> None:
    assert str(OllamaTuiError(what, remedy)) == words
