"""What is said of all findings together."""

from __future__ import annotations

from collections.abc import Sequence

from ollama_tui.core.doctor.evidence import Evidence
from ollama_tui.core.doctor.finding import Finding, Outcome, folded
from ollama_tui.core.units import counted

_PIECES = {
    "answer": "the server",
    "machine": "this machine",
    "terminal": "the terminal",
    "own": "own files",
}


def summary(findings: Sequence[Finding]) -> str:
    """How many are ill, and how many checks could not be made, without a full stop."""
    # As many as there are lines of them.
    of = [finding.outcome for finding in folded(findings)]
    ill = [
        counted(of.count(outcome), outcome.value)
        for outcome in (Outcome.FAULT, Outcome.WARNING)
        if outcome in of
    ]
    unknown = of.count(Outcome.UNKNOWN)
    rest = f"; {counted(unknown, 'check')} could not be made" if unknown else ""
    return f"{', '.join(ill) or 'All is well'}{rest}"


def waited_for(evidence: Evidence) -> str:
    """What is still being looked at, such as `the server and this machine`; empty if nothing is."""
    *others, last = [
        words for name, words in _PIECES.items() if getattr(evidence, name) is None
    ] or [""]
    return f"{', '.join(others)} and {last}" if others else last
