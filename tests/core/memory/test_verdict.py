"""Whether a model fits."""

from __future__ import annotations

import pytest

from ollama_tui.core.memory.verdict import Verdict, verdict_on

GIB = 2**30


@pytest.mark.parametrize(
    ("total", "free", "verdict"),
    [
        (10 * GIB, 11 * GIB, Verdict.FITS),
        (10 * GIB, 11 * GIB - 1, Verdict.TIGHT),
        (10 * GIB, 10 * GIB, Verdict.TIGHT),
        (10 * GIB, 10 * GIB - 1, Verdict.SPILLS),
        (40 * GIB, 42 * GIB, Verdict.FITS),
        (40 * GIB, 42 * GIB - 1, Verdict.TIGHT),
    ],
)
def test_a_gib_or_five_percent_stay_free(total: int, free: int, verdict: Verdict) -> None:
    assert verdict_on(total, free) is verdict


@pytest.mark.parametrize(("total", "free"), [(None, GIB), (GIB, None)])
def test_what_is_not_known_gives_no_verdict(total: int | None, free: int | None) -> None:
    assert verdict_on(total, free) is None
