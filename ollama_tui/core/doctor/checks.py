"""All checks, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ollama_tui.core.doctor import (
    engine,
    folder,
    gpus,
    host,
    network,
    own,
    server,
    service,
    settings,
    terminal,
)
from ollama_tui.core.doctor.evidence import Evidence
from ollama_tui.core.doctor.finding import Finding, in_order
from ollama_tui.core.text import clean


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """What the evidence says so far, the faults first."""
    # Paths and names of other users are in their words.
    return in_order(map(_cleaned, _findings(evidence)))


def _cleaned(finding: Finding) -> Finding:
    return replace(
        finding, sentence=clean(finding.sentence, 4096), next_step=clean(finding.next_step, 4096)
    )


def _findings(evidence: Evidence) -> Iterator[Finding]:
    if evidence.answer is not None:
        yield from server.check(evidence.address, evidence.answer)
    yield from host.check(evidence.address, evidence.answer)
    if evidence.answer is not None and evidence.machine is not None:
        yield from engine.check(evidence.machine, evidence.answer)
    if (machine := evidence.machine) is not None:
        yield from network.check(evidence.address, machine)
        yield from service.check(machine)
        yield from folder.check(machine)
        yield from gpus.check(machine)
        yield from settings.check(machine)
    if evidence.terminal is not None:
        yield from terminal.check(evidence.terminal)
    if evidence.own is not None:
        yield from own.check(evidence.own, evidence.answer)
