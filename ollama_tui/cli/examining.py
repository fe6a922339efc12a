"""`doctor`: what is wrong here."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from ollama_tui import __version__
from ollama_tui.cli.chosen import settings_of
from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, print_text, say, write_words
from ollama_tui.cli.parts import Parts
from ollama_tui.cli.terminal import stream_width, terminal_width
from ollama_tui.config import Settings, default_paths, load_settings
from ollama_tui.config.examined import patient_of, private_of
from ollama_tui.core.connection import Connection
from ollama_tui.core.doctor import Finding, Outcome, findings_of, folded, outcome_of
from ollama_tui.core.doctor.driver import gpus_seen
from ollama_tui.core.doctor.evidence import Evidence
from ollama_tui.core.doctor.gathering import Patient, examine
from ollama_tui.core.doctor.report import report
from ollama_tui.core.doctor.words import summary, waited_for
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import parse_host
from ollama_tui.core.service import OllamaService

_A_MOMENT = 1.0
"""Seconds after which one is told what is waited for."""
_NARROWEST = 40


async def print_findings(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print what is wrong here; 1 if there is a fault or a warning."""
    if options.json and options.report:
        raise InvalidInput("--report is text, and --json is not", "Leave one of them out.")
    settings = parts.settings
    patient = patient_of(settings, os.environ, parts.current.read, options.failure)
    if (source := parts.machine.gpus) is not None:
        patient = replace(patient, gpus=lambda: gpus_seen(source.read()))
    evidence = await _examined(patient, parts.service)
    findings = findings_of(evidence)
    if options.json:
        print_json(_content(evidence, findings))
    elif options.report:
        print_text(_report(evidence, settings), ascii_only=settings.ascii)
    else:
        print_text(_text(folded(findings)), ascii_only=settings.ascii)
        say(f"{summary(findings)}.")
    return ExitCode.DONE if outcome_of(findings) is Outcome.OK else ExitCode.IN_PART


@contextmanager
def settings_to_examine(
    options: argparse.Namespace, environment: Mapping[str, str]
) -> Iterator[tuple[Settings, Connection]]:
    """The settings; where they are wrong, those without what is wrong: that is a finding.

    Raises:
        InvalidInput: when the command line itself is wrong.
    """
    options.failure = None
    parse_host(options.host or "")
    with ExitStack() as stack:
        try:
            found = stack.enter_context(settings_of(options, environment))
        except InvalidInput as error:
            options.failure = error
            settings = _settings_without(options, environment)
            found = settings, Connection(settings.url, read_only=True, key=settings.key)
        yield found


def _settings_without(options: argparse.Namespace, environment: Mapping[str, str]) -> Settings:
    """The settings without the config file, and if that is not enough, without Ollama's."""
    paths = default_paths()
    none = replace(paths, config=Path(os.devnull))
    others = {name: text for name, text in environment.items() if not name.startswith("OLLAMA_")}
    try:
        settings = load_settings(environment, none, host=options.host)
    except InvalidInput:
        settings = load_settings(others, none, host=options.host)
    return replace(settings, paths=paths, read_only=True)


async def _examined(patient: Patient, service: OllamaService) -> Evidence:
    evidence = Evidence(patient.address)
    with _progress(lambda: evidence) as draw:
        async for known in examine(patient, service):
            evidence = known
            draw()
    return evidence


@contextmanager
def _progress(known: Callable[[], Evidence]) -> Iterator[Callable[[], None]]:
    """On a terminal, a line that says what is waited for; not before a moment has passed."""
    loop = asyncio.get_running_loop()
    begun, drawn = loop.time(), False

    def draw() -> None:
        nonlocal drawn
        waited = waited_for(known())
        if waited and loop.time() - begun >= _A_MOMENT and terminal_width() is not None:
            write_words(f"\rLooking at {waited}…\x1b[K")
            drawn = True

    later = loop.call_later(_A_MOMENT, draw)
    try:
        yield draw
    finally:
        later.cancel()
        if drawn:
            write_words("\r\x1b[K")


def _content(evidence: Evidence, findings: Sequence[Finding]) -> Mapping[str, object]:
    return {
        "server": evidence.address.url,
        "outcome": outcome_of(findings).value,
        "findings": [
            {
                "check": finding.check,
                "outcome": finding.outcome.value,
                "sentence": finding.sentence,
                "next_step": finding.next_step or None,
            }
            for finding in findings
        ],
    }


def _report(evidence: Evidence, settings: Settings) -> str:
    facts = (
        ("ollama-tui", __version__),
        ("Python", platform.python_version()),
        ("system", platform.platform()),
        ("server", evidence.address.url),
        ("Ollama", (evidence.answer.version if evidence.answer else "") or "unknown"),
    )
    return report(evidence, facts, private_of(settings, os.environ))


def _text(findings: Sequence[Finding]) -> str:
    width = stream_width(sys.stdout)
    names = max(len(finding.check) for finding in findings)
    return "\n".join(line for finding in findings for line in _lines(finding, names, width))


def _lines(finding: Finding, names: int, width: int | None) -> Iterator[str]:
    head = f"{finding.outcome.value:<7}  {finding.check:<{names}}  "
    texts = (finding.sentence, finding.next_step)
    room = max(_NARROWEST, (width or 0) - len(head))
    rows = [
        row for text in texts if text for row in (textwrap.wrap(text, room) if width else [text])
    ]
    yield f"{head}{rows[0]}"
    yield from (f"{' ' * len(head)}{row}" for row in rows[1:])
