"""The settings in force, as the server's own log tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ollama_tui.core.doctor.evidence import Machine
from ollama_tui.core.doctor.finding import Finding, ok, unknown, warning

_DEFAULTS = {
    "OLLAMA_CONTEXT_LENGTH": ("0", "4096", "2048"),
    "OLLAMA_DEBUG": ("INFO", "false"),
    "OLLAMA_FLASH_ATTENTION": ("false",),
    "OLLAMA_GO_TEMPLATE": ("true",),
    "OLLAMA_GPU_OVERHEAD": ("0",),
    "OLLAMA_KEEP_ALIVE": ("5m0s",),
    "OLLAMA_LOAD_TIMEOUT": ("5m0s",),
    "OLLAMA_MAX_LOADED_MODELS": ("0",),
    "OLLAMA_MAX_QUEUE": ("512",),
    "OLLAMA_MAX_TRANSFER_STREAMS": ("4",),
    "OLLAMA_NUM_PARALLEL": ("0", "1"),
    "OLLAMA_REMOTES": ("[ollama.com]",),
}
_TOLD_ELSEWHERE = ("OLLAMA_HOST", "OLLAMA_MODELS", "OLLAMA_ORIGINS")


def check(machine: Machine) -> Iterator[Finding]:
    """What is set, and what of it is known to do harm."""
    settings = machine.start.settings
    if settings is None:
        names = ("force", "gpus", "origins", "proxy")
        yield from (unknown(f"settings.{name}", why_unread(machine)) for name in names)
        return
    edit = f"change its environment (a service: `{machine.unit.control('edit')}`)."
    yield ok("settings.force", _told(settings, machine.log.source))
    yield _gpus(machine.start.hiding, edit)
    yield _origins(settings, edit)
    yield _proxy(settings, edit)


def why_unread(machine: Machine) -> str:
    """Why it is not known what the server's log says of its start."""
    if not machine.is_here:
        return machine.elsewhere
    if machine.log.why:
        return f"its log was not found: {machine.log.why}"
    return f"its start is no longer in its log ({machine.log.source})"


def set_by_hand(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings that are not as Ollama has them by itself."""
    return {
        name: value
        for name, value in settings.items()
        if value not in ("", *_DEFAULTS.get(name, ("false",))) and name not in _TOLD_ELSEWHERE
    }


def _told(settings: Mapping[str, str], source: str) -> str:
    changed = [name for name in set_by_hand(settings) if "proxy" not in name.casefold()]
    facts = [f"{name}={settings[name]}" for name in changed]
    words = ", ".join(facts) if facts else "all as Ollama has them by itself"
    return f"The settings in force: {words} ({source})."


def _gpus(hiding: Sequence[str], edit: str) -> Finding:
    check = "settings.gpus"
    if hiding:
        words = f"The server is kept to some GPUs, or none: {', '.join(hiding)}."
        return warning(check, words, f"If that is not meant: {edit}")
    return ok(check, "No setting keeps the server from a GPU.")


def _origins(settings: Mapping[str, str], edit: str) -> Finding:
    check = "settings.origins"
    if "*" in settings.get("OLLAMA_ORIGINS", "").strip("[]").split():
        words = "OLLAMA_ORIGINS=* lets any page in a browser use the server."
        return warning(check, words, f"Name the pages that may: {edit}")
    return ok(check, "Pages of other machines in a browser may not use the server.")


def _proxy(settings: Mapping[str, str], edit: str) -> Finding:
    check = "settings.proxy"
    set_to = {name.upper() for name, value in settings.items() if value}
    if "HTTP_PROXY" in set_to:
        words = "The server has HTTP_PROXY, which may break the talk with its own runners."
        return warning(check, words, f"HTTPS_PROXY is enough for downloads: {edit}")
    if "HTTPS_PROXY" in set_to:
        return ok(check, "The server downloads through the proxy of HTTPS_PROXY.")
    return ok(check, "The server downloads without a proxy.")
