"""The service of systemd: whether it runs, as whom, with which environment, how often it fell."""

from __future__ import annotations

from collections.abc import Iterator

from ollama_tui.core.doctor.evidence import Machine, Unit
from ollama_tui.core.doctor.finding import Finding, fault, ok, unknown, warning

_AS_GIVEN = (
    "OLLAMA_MODELS",
    "OLLAMA_KV_CACHE_TYPE",
    "OLLAMA_NUM_PARALLEL",
    "OLLAMA_CONTEXT_LENGTH",
    "OLLAMA_MAX_LOADED_MODELS",
)
"""Variables that the log repeats just as they were given."""


def check(machine: Machine) -> Iterator[Finding]:
    """Whether it runs, how often it was started again, as whom, with what."""
    why = _why_not(machine)
    for name, rule in _RULES.items():
        yield unknown(f"service.{name}", why) if why else rule(machine)


def _why_not(machine: Machine) -> str:
    if not machine.is_here:
        return machine.elsewhere
    if machine.unit.why:
        return machine.unit.why
    return "" if machine.unit.is_installed else "there is no service ollama of systemd here"


def _state(machine: Machine) -> Finding:
    check, unit = "service.state", machine.unit
    look = f"`{unit.journal} -e` says why; then `{unit.control('restart')}`."
    if unit.active == "active":
        return ok(check, f"{unit.title} runs.")
    if unit.sub == "auto-restart":
        why = f" ({unit.result})" if unit.result else ""
        words = f"{unit.title} ends again and again{why}; systemd keeps starting it."
        return fault(check, words, look)
    if unit.active == "failed":
        return fault(check, f"{unit.title} has failed ({unit.result or 'no reason given'}).", look)
    if machine.listeners:
        return warning(
            check,
            f"{unit.title} does not run: what listens was started in another way.",
            f"Stop that and start the service: `{unit.control('enable --now')}`.",
        )
    start = f"`{unit.control('enable --now')}`"
    return fault(check, f"{unit.title} is {unit.active or 'not started'}.", f"Start it: {start}.")


def _restarts(machine: Machine) -> Finding:
    check, unit = "service.restarts", machine.unit
    if unit.restarts is None:
        return unknown(check, "systemd does not say how often it was started again")
    if not unit.restarts:
        return ok(check, f"{unit.title} was never started again by systemd.")
    times = "once" if unit.restarts == 1 else f"{unit.restarts} times"
    words = f"systemd started {unit.title} again {times} since it was last started by hand."
    return warning(check, words, f"`{unit.journal}` says why it ended.")


def _user(machine: Machine) -> Finding:
    check, unit = "service.user", machine.unit
    user = unit.user or "root"
    runs_as = {machine.users.get(of.uid, str(of.uid)) for of in machine.listeners or ()}
    if unit.active == "active" and runs_as and user not in runs_as:
        who = ", ".join(sorted(runs_as))
        return warning(
            check,
            f"{unit.title} runs as {user}, but what listens on the port runs as {who}, "
            "with a folder of models of its own.",
            "Stop one of the two.",
        )
    return ok(check, f"{unit.title} runs as {user}.")


def _environment(machine: Machine) -> Finding:
    check, unit = "service.environment", machine.unit
    restart = f"`{unit.systemctl} daemon-reload && {unit.control('restart')}`"
    if unit.is_changed:
        words = f"The files of {unit.title} were changed and systemd has not read them again."
        return warning(check, words, f"{restart}.")
    settings = machine.start.settings or {}
    if strange := _strange(unit, machine):
        words = f"The server does not know {', '.join(strange)} of its service's environment."
        return warning(check, words, f"`{unit.control('edit')}`: look at the spelling.")
    differing = [
        name
        for name in _AS_GIVEN
        if name in unit.environment and unit.environment[name] != settings.get(name, "")
    ]
    if settings and differing:
        words = f"{', '.join(differing)} of {unit.title} is not what the server took at its start."
        return warning(check, words, f"{restart}.")
    named = [name for name in unit.environment if name.startswith("OLLAMA_")]
    return ok(check, f"{unit.title} sets {', '.join(named) if named else 'nothing of Ollama'}.")


def _strange(unit: Unit, machine: Machine) -> list[str]:
    known = machine.start.settings or {}
    ours = [name for name in unit.environment if name.startswith("OLLAMA_")]
    return [name for name in ours if known and name not in known]


_RULES = {
    "state": _state,
    "restarts": _restarts,
    "user": _user,
    "environment": _environment,
}
