"""All findings as a text to be pasted into an issue, without secrets, users and machines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ollama_tui.core.doctor.checks import findings_of
from ollama_tui.core.doctor.evidence import Evidence, Machine
from ollama_tui.core.doctor.finding import Finding
from ollama_tui.core.doctor.settings import set_by_hand

_PUBLIC = {"localhost", "ollama.com", "registry.ollama.ai", "huggingface.co", "hf.co"}
_NOBODYS = {"", "root", "ollama", "nobody", "localhost", "user", "host"}
"""Names that tell nothing of anybody."""
_LONG = re.compile(r"\S{501,}")
"""Nobody reads it, and a search for what may be secret in it takes minutes."""
_SIGN_IN = re.compile(r"(\w+://)[^\s@]*@|(?<![\w.+-])[\w.+%~-]+:[^\s/@]+@(?=[\w\[])")
_SECRET = re.compile(
    r"(?i)\b([\w-]*(?:token|secret|password|passwd|pwd|credential)s?\"?(?:\s*[=:]\s*)"
    r"|[\w-]*key\"?(?:\s*=\s*|:(?=\S)|:\s*(?=\")))\S+"
)
_QUERY = re.compile(r"(\w+://[^\s?]+\?)\S+")
_TOKENS = re.compile(
    r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{6,}|\b(?:sk|hf|ghp|gho|ghs|glpat|xox[abp])[-_][\w-]{8,}"
    r"|\beyJ[\w-]+\.[\w.-]+|ssh-(?:rsa|ed25519)\s+\S+|\bAKIA[A-Z0-9]{12,}\b"
)
_HOME = re.compile(r"/(?:home|Users)/[^/\s,;:()\"']+|\b[A-Za-z]:\\Users\\[^\\\s,;:()\"']+")
_URL = re.compile(r"(\w+://)(\[[^\]\s]*\]|[^\s/:,;)]+)")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:%\w+)?(?![\w:])")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Private:
    """What is left out, as far as it is known beforehand."""

    secrets: tuple[str, ...] = ()
    """Keys and tokens."""
    home: str = ""
    """This user's home folder."""
    users: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    """The names of this machine and of the server's."""


def report(evidence: Evidence, facts: Iterable[tuple[str, str]], private: Private) -> str:
    """All that was found, as plain text.

    Args:
        evidence: what was looked at.
        facts: versions and the like, each with its name.
        private: what is left out, with all that looks like it.
    """
    named = _with_owners(private, evidence.machine)
    return redacted("\n".join(_lines(evidence, facts)), named)


def redacted(text: str, private: Private) -> str:
    """A text without secrets, user names, home folders, names of machines and their addresses."""
    for secret in sorted(filter(None, private.secrets), key=len, reverse=True):
        text = text.replace(secret, "SECRET")
    text = _LONG.sub("LONG", text)
    text = _SIGN_IN.sub(lambda found: f"{found[1] or ''}SECRET@", text)
    text = _QUERY.sub(r"\1SECRET", text)
    text = _TOKENS.sub("SECRET", text)
    text = _SECRET.sub(r"\1SECRET", text)
    if len(private.home) > 1:
        text = re.sub(rf"{re.escape(private.home.rstrip('/'))}(?![\w.-])", "~", text)
    text = _HOME.sub("/home/USER", text)
    text = _MAIL.sub(lambda found: found[0] if found[0].startswith("SECRET@") else "MAIL", text)
    text = _without(text, private.users, "USER")
    text = _without(text, private.machines, "HOST")
    text = _URL.sub(lambda found: f"{found[1]}{_shown_host(found[2])}", text)
    return _IPV6.sub(_shown_address, _IPV4.sub(_shown_address, text))


def _lines(evidence: Evidence, facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "ollama-tui doctor"
    yield ""
    yield from (f"{name}: {value}" for name, value in facts)
    yield ""
    for finding in findings_of(evidence):
        yield from _lines_of(finding)
    if evidence.machine is not None:
        yield from _machine_lines(evidence.machine)


def _lines_of(finding: Finding) -> Iterator[str]:
    yield f"[{finding.outcome.value}] {finding.check}: {finding.sentence}"
    if finding.next_step:
        yield f"    next: {finding.next_step}"


def _machine_lines(machine: Machine) -> Iterator[str]:
    settings = machine.start.settings
    if settings is not None:
        yield ""
        yield f"Settings of the server that are not as Ollama has them ({machine.log.source}):"
        rows = [f"    {name}={value}" for name, value in set_by_hand(settings).items()]
        yield from rows or ["    none"]
    if machine.start.devices is not None:
        yield ""
        yield "Devices that the server found at its start:"
        for device in machine.start.devices:
            words = (device.library, device.name, device.driver and f"driver {device.driver}")
            yield f"    {' '.join(word for word in words if word)}"


def _with_owners(private: Private, machine: Machine | None) -> Private:
    """The users whose names were met with are left out too."""
    if machine is None:
        return private
    folder = machine.folder
    met = [machine.unit.user, folder.user, *machine.users.values()]
    met += [step.owner for step in folder.steps] + [store.owner for store in folder.others]
    users = (*private.users, *met)
    return Private(private.secrets, private.home, users, private.machines)


def _without(text: str, names: Iterable[str], word: str) -> str:
    for name in sorted(set(names), key=len, reverse=True):
        if name.casefold() not in _NOBODYS and not name.isdigit():
            whole = rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])"
            text = re.sub(whole, word, text, flags=re.IGNORECASE)
    return text


def _shown_host(host: str) -> str:
    if host.startswith("SECRET@"):
        return f"SECRET@{_shown_host(host[7:])}"
    is_known = host.casefold() in _PUBLIC or host.strip("*") == "" or host == "HOST"
    return host if is_known or _is_own_address(host) else "HOST"


def _shown_address(found: re.Match[str]) -> str:
    is_time = ":" in found[0] and "::" not in found[0] and found[0].count(":") < 5
    return found[0] if is_time or _is_own_address(found[0]) else "ADDRESS"


def _is_own_address(text: str) -> bool:
    return text.startswith("127.") or text.strip("[]") in ("0.0.0.0", "::", "::1")
