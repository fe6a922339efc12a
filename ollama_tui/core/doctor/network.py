"""Whether others can use the server."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ollama_tui.core.doctor.evidence import Address, Machine
from ollama_tui.core.doctor.finding import Finding, ok, unknown, warning
from ollama_tui.core.doctor.host import is_everywhere

_CHECK = "network.open"
_CLOSE = (
    "Let it listen on 127.0.0.1 (OLLAMA_HOST in its service, -p 127.0.0.1:11434:11434 for "
    "docker) and come through `ssh -L`, or let a firewall keep others out."
)


def check(address: Address, machine: Machine) -> Iterator[Finding]:
    """Whether other machines can connect to it."""
    if not machine.is_here:
        yield _elsewhere(address, machine)
    elif machine.listeners:
        yield _listens(machine)
    else:
        yield _told(machine)


def _elsewhere(address: Address, machine: Machine) -> Finding:
    if address.is_demo or not address.url.startswith("http:") or address.has_key:
        return unknown(_CHECK, machine.elsewhere)
    return unknown(
        _CHECK,
        "it is asked over the network without a key; whether a firewall keeps others out is "
        "not seen from here",
    )


def _listens(machine: Machine) -> Finding:
    listeners = machine.listeners or ()
    open_to = sorted({listener.address for listener in listeners if listener.is_open})
    if not open_to:
        return ok(_CHECK, "It listens on this machine's own address only.")
    return warning(
        _CHECK,
        f"It listens on {', '.join(map(_in_words, open_to))} and asks for no key: whoever reaches "
        "this machine can use and delete its models, unless a firewall keeps them out.",
        _CLOSE,
    )


def _told(machine: Machine) -> Finding:
    host = (machine.start.settings or {}).get("OLLAMA_HOST", "")
    if not host:
        is_silent = machine.listeners is not None
        why = "nothing listens on its port" if is_silent else "nothing tells where it listens"
        return unknown(_CHECK, why)
    if is_everywhere(host) and not machine.log.source.startswith("docker"):
        return warning(
            _CHECK,
            f"Its log says that it listens on {urlsplit(host).netloc or host}, every address; "
            "it asks for no key.",
            _CLOSE,
        )
    return ok(_CHECK, f"Its log says that it listens on {host}.")


def _in_words(address: str) -> str:
    return f"every address ({address})" if address in ("0.0.0.0", "::") else address
