"""This program's own config, its folders and the current model."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ollama_tui.core.doctor.evidence import Answer, Own
from ollama_tui.core.doctor.finding import Finding, fault, ok, unknown, warning


def check(own: Own, answer: Answer | None) -> Iterator[Finding]:
    """Config, folders and the current model."""
    yield _config(own)
    yield _folders(own)
    if answer is not None:
        yield _current(own, answer)


def _config(own: Own) -> Finding:
    check = "own.config"
    if own.config_failure:
        remedy = own.config_remedy or "`ollama-tui config` shows what is set."
        return fault(check, own.config_failure, remedy)
    if own.has_config:
        return ok(check, f"{own.config} is read.")
    return ok(check, f"There is no {own.config}: all settings are the defaults.")


def _folders(own: Own) -> Finding:
    check = "own.folders"
    if not own.unwritable:
        return ok(check, f"What is remembered is kept in {own.state}.")
    told = "; ".join(f"{path}: {why}" for path, why in own.unwritable.items())
    words = f"What is chosen and downloaded cannot be remembered: {told}."
    return fault(check, words, "Make it writable, or set XDG_STATE_HOME and XDG_CACHE_HOME.")


def _current(own: Own, answer: Answer) -> Finding:
    check = "own.current"
    if own.current is None:
        return ok(check, "No current model was chosen.")
    if answer.models is None:
        return unknown(check, f"without an answer it is not known whether {own.current} is there")
    if own.current_key in answer.models:
        return ok(check, f"The current model, {own.current}, is installed.")
    return warning(
        check,
        f"The current model, {own.current}, is not installed.",
        f"`ollama-tui pull {shlex.quote(own.current)}`, or choose another with `ollama-tui use`.",
    )
