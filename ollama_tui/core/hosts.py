"""Addresses of servers, read in every spelling that Ollama's own clients take."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.text import clean

DEFAULT_PORT = 11434
DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"
_USUAL_PORTS = (None, DEFAULT_PORT, 80, 443)

# Servers listen on these; clients cannot connect to them on every system (ollama-python #407).
_UNSPECIFIED = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})?")
_LIKE_IPV4 = re.compile(r"\d+(\.\d+){3}")
_NOT_IN_PATH = re.compile(r"[\s\x00-\x1f\x7f?#\"']")
_NOT_IN_USER = re.compile(r"[\s\x00-\x1f\x7f?#\"'\[\]\\]|[^\x00-\x7f]")


def parse_host(text: str) -> str:
    """The base URL that a host in any usual spelling stands for (envconfig.Host).

    Raises:
        InvalidInput: when it cannot be an address; the text names it.
    """
    trimmed = text.strip().strip("\"'").strip()
    if not trimmed:
        return DEFAULT_URL
    scheme, found, rest = trimmed.partition("://")
    if not found:
        scheme, rest = "http", trimmed
    scheme = scheme.lower()
    if scheme not in ("http", "https"):
        raise _invalid(trimmed, "only http and https are spoken")
    authority, slash, path = rest.partition("/")
    user, at, address = authority.rpartition("@")
    default = {"http": 80, "https": 443}[scheme] if found else DEFAULT_PORT
    if "@" in path:
        # Else `user:12/34@host` would be the host `user`, and the password would be shown.
        raise _invalid(trimmed, "a slash in a password is written %2F, and an @ in a path %40")
    host, port = _host_and_port(address, default, trimmed)
    if _NOT_IN_PATH.search(path) or _NOT_IN_USER.search(user):
        raise _invalid(trimmed, "it has a character that cannot be in an address")
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{user}{at}{shown}:{port}{slash}{path}".rstrip("/")


def without_secrets(url: str) -> str:
    """The address as it may be shown or written down: without a user name and password."""
    scheme, found, rest = url.partition("://") if "://" in url else ("", "", url)
    authority, slash, path = rest.partition("/")
    return f"{scheme}{found}{authority.rpartition('@')[2]}{slash}{path}"


def shown_address(text: str) -> str:
    """An address that nobody has read yet, without what may be a secret in it.

    A password may hold what ends it elsewhere: a slash, a question mark.
    """
    scheme, found, rest = text.partition("://") if "://" in text else ("", "", text)
    before, at, address = rest.rpartition("@")
    if at and re.search("[?#]", before):
        return f"{scheme}{found}…"
    bare = re.split("[?#]", address, maxsplit=1)[0]
    return f"{scheme}{found}{bare}{'' if bare == address else '…'}"


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's own."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_of_this_machine(url: str) -> bool:
    """Whether the address is one of this machine's, also of those that others reach it by."""
    host = urlsplit(url).hostname or ""
    if is_loopback(url) or host in (socket.gethostname().casefold(), machine_name().casefold()):
        return True
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
        # Nothing is sent: the system gives a port only at an address of its own.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except (ValueError, OSError):
        return False
    return True


def is_private(url: str) -> bool:
    """Whether the address is on this machine or in a private network."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".local", ".internal"))


def machine_name() -> str:
    """This machine's name, without its domain."""
    return clean(socket.gethostname().split(".")[0], 63) or "localhost"


def label(url: str, machine: str) -> str:
    """What people call the box that the server runs on, with the port if it is not the usual one.

    A box may have several servers, and a tunnel to another box ends on this one.
    """
    parts = urlsplit(url)
    box = machine if is_loopback(url) else (parts.hostname or url)
    return f"{box}:{parts.port}" if parts.port not in _USUAL_PORTS else box


def server_key(url: str, machine: str) -> str:
    """What this program's files call a server.

    Spellings of the same address fold to one; a loopback address holds the machine's name,
    since a home folder may be shared between boxes.
    """
    parts = urlsplit(without_secrets(url))
    host = "localhost" if is_loopback(url) else parts.hostname or ""
    at = f"@{machine}" if is_loopback(url) else ""
    return f"{parts.scheme}://{host}:{parts.port}{parts.path}{at}"


def _host_and_port(address: str, default: int, whole: str) -> tuple[str, int]:
    if address.startswith("[") and not re.fullmatch(r"\[[^\[\]]+\](:[^\[\]:]*)?", address):
        raise _invalid(whole, "its brackets do not match")
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]") or _is_address(address.split("%")[0]):
        host, port = address, str(default)
    host = host.strip("[]") or "127.0.0.1"
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise _invalid(whole, f"{_told(port, whole)!r} is not a port from 1 to 65535")
    if ":" in host:
        try:
            host = str(ipaddress.IPv6Address(host.split("%")[0]))
        except ValueError:
            raise _invalid(whole, "it has a colon too many") from None
    elif not _HOST.fullmatch(host) or (_LIKE_IPV4.fullmatch(host) and not _is_address(host)):
        raise _invalid(whole, f"{_told(host, whole)!r} is not a host name")
    return _reachable(host.lower()), int(port)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _reachable(host: str) -> str:
    return _UNSPECIFIED.get(host, host)


def _told(part: str, whole: str) -> str:
    """A part of an address, where it is not a piece of a password with a slash in it."""
    return clean(part, 40) if part in shown_address(whole) else "…"


def _invalid(text: str, why: str) -> InvalidInput:
    shown = clean(shown_address(text), 80)
    return InvalidInput(
        f"{shown!r} is not the address of a server: {why}",
        "Write it as host, host:port or https://host/path.",
    )
