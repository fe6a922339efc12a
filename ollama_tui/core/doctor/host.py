"""Where the host came from, whether a proxy stands between, whether its name is taken."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ollama_tui.core.doctor.evidence import Address, Answer
from ollama_tui.core.doctor.finding import Finding, fault, ok, unknown, warning
from ollama_tui.core.hosts import is_private

_ORIGINS = {
    "default": "by default: nothing names another",
    "file": "as the config file says",
    "environment": "as OLLAMA_HOST says",
    "option": "as --host says",
}
_EVERYWHERE = ("0.0.0.0", "::")


def check(address: Address, answer: Answer | None) -> Iterator[Finding]:
    """Who named the server, through what it is asked, whether it takes its name."""
    yield _origin(address)
    yield _proxy(address)
    if answer is not None:
        yield _name(address, answer)


def _origin(address: Address) -> Finding:
    check = "host.origin"
    if address.is_demo:
        return ok(check, "The demo's own server is asked, whatever OLLAMA_HOST says.")
    if address.origin == "environment" and is_everywhere(address.said):
        return warning(
            check,
            f"OLLAMA_HOST={address.said} is where to listen, not where to ask; "
            f"{address.url} is asked.",
            "Keep it in the service's environment and leave it out of this shell's.",
        )
    overruled = f", not {address.said} of OLLAMA_HOST" if _is_overruled(address) else ""
    words = _ORIGINS.get(address.origin, address.origin)
    return ok(check, f"{address.url} is asked, {words}{overruled}.")


def is_everywhere(host: str) -> bool:
    """Whether an OLLAMA_HOST means every address of the machine."""
    text = host.strip().strip("\"'")
    try:
        return urlsplit(text if "://" in text else f"http://{text}").hostname in _EVERYWHERE
    except ValueError:
        return False


def _is_overruled(address: Address) -> bool:
    return bool(address.said) and address.origin not in ("environment", "default")


def _proxy(address: Address) -> Finding:
    check, url = "host.proxy", urlsplit(address.url)
    # That of the other scheme is not asked for this server.
    asked = (f"{url.scheme}_proxy", "all_proxy")
    named = [name for name in address.proxies if name.casefold() in asked]
    if address.is_demo or not named:
        return ok(check, "No proxy stands between.")
    names = ", ".join(named)
    if is_private(address.url):
        return ok(check, f"{names} is set and not asked: the server is near.")
    no_proxy = next((v for n, v in address.proxies.items() if n.casefold() == "no_proxy"), "")
    host = url.hostname or ""
    if any(_is_named(part.strip().casefold(), host, url.netloc) for part in no_proxy.split(",")):
        return ok(check, f"{names} is set, and NO_PROXY leaves the server out.")
    return warning(
        check,
        f"The proxy of {names} is asked for {host}; it may break answers that take long.",
        f"Unset it, or put {host} into NO_PROXY.",
    )


def _is_named(part: str, *hosts: str) -> bool:
    """Whether a part of NO_PROXY means one of these, as httpx reads it."""
    end = f".{part.removeprefix('.')}"
    return part == "*" or (bool(part) and any(host == part or host.endswith(end) for host in hosts))


def _name(address: Address, answer: Answer) -> Finding:
    check = "host.name"
    if not answer.is_reached:
        return unknown(check, "without an answer it is not known whether the name is taken")
    if not answer.is_host_refused:
        return ok(check, "The server takes the name by which it is called.")
    host = urlsplit(address.url).hostname or address.url
    return fault(
        check,
        f"The server answers 403 to the name {host}: bound to its own machine, "
        "it takes no names of others.",
        "Use its address, or send `Host: localhost` from the proxy or tunnel in front of it.",
    )
