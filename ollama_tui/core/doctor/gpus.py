"""The GPUs: those of the driver against those that the server found at its start."""

from __future__ import annotations

from collections.abc import Iterator

from ollama_tui.core import units
from ollama_tui.core.doctor.evidence import Machine
from ollama_tui.core.doctor.finding import Finding, fault, ok, unknown, warning
from ollama_tui.core.doctor.settings import why_unread
from ollama_tui.core.server_start import Device
from ollama_tui.core.text import as_sentence


def check(machine: Machine) -> Iterator[Finding]:
    """What is wrong with the driver, and whether both see the same."""
    yield _driver(machine)
    yield _found(machine)


def _driver(machine: Machine) -> Finding:
    check, seen = "gpus.driver", machine.gpus
    if not machine.is_here:
        return unknown(check, machine.elsewhere)
    if seen.trouble:
        words = f"{as_sentence(seen.trouble.rstrip('.'))}."
        return fault(check, words, "Restart the machine, or load the driver anew.")
    if seen.why:
        return unknown(check, seen.why)
    if not (seen.names or seen.optional):
        return ok(check, "The driver sees no GPU: models run on the CPU.")
    version = f" {seen.driver}" if seen.driver else ""
    return ok(check, f"The driver{version} sees {_listed((*seen.names, *seen.optional))}.")


def _found(machine: Machine) -> Finding:
    check, seen = "gpus.found", machine.gpus
    if not machine.is_here or machine.start.devices is None:
        return unknown(check, why_unread(machine))
    found = [device for device in machine.start.devices if not device.is_cpu]
    names = tuple(device.name or device.id for device in found)
    if seen.why or seen.trouble:
        return ok(check, _told(found))
    if len(found) < len(seen.names):
        return fault(
            check,
            f"The driver sees {_listed(seen.names)}, but the server found "
            f"{_listed(names) if names else 'no GPU'} at its start.",
            f"`{machine.unit.control('restart')}`, or restart its container. "
            "Its log says why it left one out; see also CUDA_VISIBLE_DEVICES.",
        )
    if len(found) > len(seen.names) + len(seen.optional):
        return warning(
            check,
            f"The server found {_listed(names)} at its start, and the driver now sees "
            f"{_listed(seen.names) if seen.names else 'none'}.",
            "A GPU was lost: look at `dmesg`, then restart the machine.",
        )
    return ok(check, _told(found))


def _told(found: list[Device]) -> str:
    if not found:
        return "The server found no GPU at its start: models run on the CPU."
    facts = [
        f"{device.name or device.id} ({units.memory(device.total)})"
        if device.total
        else device.name or device.id
        for device in found
    ]
    return f"The server found {', '.join(facts)} at its start."


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
