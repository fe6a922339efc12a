"""What is to be known before a model is loaded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.memory.consequence import consequence
from ollama_tui.core.memory.estimate import Estimate, RunnerOptions
from ollama_tui.core.memory.fit import Fit, cloud_fit

GIB = 2**30
FIT = Fit("qwen3:8b", RunnerOptions(4096), Estimate(10 * GIB, 0, 0, 0, 0), free=20 * GIB)
FULL = replace(FIT, free=2 * GIB)
ONE = ("gemma3:27b",)


@pytest.mark.parametrize(
    ("fit", "words"),
    [
        (FIT, ""),
        (FULL, "2.0 GiB free: a part of it would be on the CPU"),
        (replace(FULL, evicts=ONE, freed=9 * GIB), "2.0 GiB free: gemma3:27b would go"),
        (
            replace(FULL, evicts=(*ONE, "b"), freed=3 * GIB),
            "2.0 GiB free: 2 models would go, a part be on the CPU",
        ),
        (
            replace(FIT, free=10 * GIB, evicts=ONE, freed=9 * GIB),
            "10.0 GiB free: gemma3:27b may have to go",
        ),
        (
            replace(FIT, evicts=ONE, is_limited=True),
            "the server keeps no more: gemma3:27b would go",
        ),
        (replace(FIT, free=None), ""),
        (
            replace(FIT, free=None, evicts=ONE, is_limited=True),
            "the server keeps no more: gemma3:27b would go",
        ),
        (
            replace(FIT, free=12 * GIB, evicts=ONE, foreseen=10 * GIB),
            "12.0 GiB free: gemma3:27b would go",
        ),
        (cloud_fit("qwen3:480b-cloud", GIB), ""),
    ],
    ids=[
        "it fits",
        "nothing can go",
        "one would go",
        "they do not suffice",
        "it is tight",
        "as many are loaded as may be",
        "nothing is known",
        "only how many may be is known",
        "the server leaves a fifth free",
        "it runs elsewhere",
    ],
)
def test_it_says_who_would_go_and_what_would_be_on_the_cpu(fit: Fit, words: str) -> None:
    assert consequence(fit) == words
