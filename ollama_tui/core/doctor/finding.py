"""What a check found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ollama_tui.core.text import as_sentence


class Outcome(Enum):
    """How a check ended, the worst first."""

    FAULT = "fault"
    WARNING = "warning"
    OK = "ok"
    UNKNOWN = "unknown"
    """It could not be looked at; the sentence says why."""


_ORDER = list(Outcome)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do."""

    check: str
    """Its id: the family, a dot, the check."""
    outcome: Outcome
    sentence: str
    """One sentence, with its full stop."""
    next_step: str = ""
    """One sentence or two; empty where there is nothing to do."""

    @property
    def family(self) -> str:
        """What it is about, in a word."""
        return self.check.partition(".")[0]


def ok(check: str, sentence: str) -> Finding:
    """All is well there."""
    return Finding(check, Outcome.OK, sentence)


def warning(check: str, sentence: str, next_step: str) -> Finding:
    """It works, but not as it should."""
    return Finding(check, Outcome.WARNING, sentence, next_step)


def fault(check: str, sentence: str, next_step: str) -> Finding:
    """It does not work."""
    return Finding(check, Outcome.FAULT, sentence, next_step)


def unknown(check: str, why: str) -> Finding:
    """It could not be looked at.

    Args:
        check: its id.
        why: a clause; it becomes a sentence.
    """
    text = why.strip().rstrip(".") or "nothing is known of it"
    end = "" if text.endswith(("?", "!")) else "."
    return Finding(check, Outcome.UNKNOWN, f"{as_sentence(text)}{end}")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The faults first, then the warnings; those of one outcome stay as they are."""
    return tuple(sorted(findings, key=lambda finding: _ORDER.index(finding.outcome)))


def folded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings with those in one that are unknown for one reason, under their families' names.

    For people: what reads it by the id of a check takes them as they are.
    """
    rows: dict[object, list[Finding]] = {}
    for finding in findings:
        is_known = finding.outcome is not Outcome.UNKNOWN
        key = finding.check if is_known else (finding.sentence, finding.next_step)
        rows.setdefault(key, []).append(finding)
    return tuple(_in_one(alike) for alike in rows.values())


def _in_one(alike: Sequence[Finding]) -> Finding:
    first, *others = alike
    if not others:
        return first
    family, *too = dict.fromkeys(finding.family for finding in alike)
    sentence = f"{first.sentence} ({', '.join(too)} too)" if too else first.sentence
    return replace(first, check=family, sentence=sentence)


def outcome_of(findings: Sequence[Finding]) -> Outcome:
    """The worst of them; what is unknown is neither well nor ill."""
    worst = in_order(findings)[:1]
    return worst[0].outcome if worst and worst[0].outcome is not Outcome.UNKNOWN else Outcome.OK
