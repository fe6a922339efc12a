"""The log of a server on this machine: where it is, its newest lines, those of its last start."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ollama_tui.core.errors import reason_of
from ollama_tui.core.hosts import is_of_this_machine
from ollama_tui.core.listeners import Listener, listeners
from ollama_tui.core.processes import PROC
from ollama_tui.core.programs import Ask, Said, ask, ask_first
from ollama_tui.core.server_start import from_last_start, settings_in
from ollama_tui.core.text import clean, clean_lines

UNIT = "ollama.service"
NEWEST = 2_000_000
"""Bytes of the newest part that is read."""
_FIRST = 262_144
"""Bytes from a start on, in which a server has said what it found."""
_LOOKED_BACK = 64_000_000
"""Bytes of a file in which its last start is looked for."""
_LONGEST_LINE = 32_000
"""Characters; a server's settings take 3,000."""
_START = b'msg="server config"'
_LINES = "20000"
_HOMES = ("/usr/share/ollama", "/var/lib/ollama")
_PUBLISHED = re.compile(r":(\d+)->")


@dataclass(frozen=True, slots=True)
class ServerLog:
    """What could be read of a server's log."""

    source: str = ""
    """Where it was read, such as a path or `journalctl -u ollama`; empty if nowhere."""
    newest: tuple[str, ...] = ()
    """Its last lines, the newest at the end."""
    start: tuple[str, ...] = ()
    """The lines from its last start on, which begin with its settings; empty: not found."""
    why: str = ""
    """Why there is none; empty if there is one."""


@dataclass(frozen=True, slots=True)
class LogPlaces:
    """Where logs are looked for."""

    home: Path
    """This user's."""
    proc: Path = PROC
    service_homes: tuple[Path, ...] = field(default_factory=lambda: tuple(map(Path, _HOMES)))
    """Homes that the user of the service may have."""
    ask: Ask = ask
    ask_first: Ask = ask_first
    """The same, for the first part of what a program prints."""


def usual_places() -> LogPlaces:
    """This user's home and the services'; a container's user may have no home."""
    home = Path(os.sep)
    with suppress(RuntimeError):
        home = Path.home()
    return LogPlaces(home)


def read_server_log(url: str, places: LogPlaces) -> ServerLog:
    """The log of the server at an address, if it is on this machine; it blocks for seconds.

    A log that names another port is another server's, and is passed over.
    """
    if not is_of_this_machine(url):
        return ServerLog(why="the server is on another machine, and so is its log")
    port = urlsplit(url).port or 80
    held = listeners(port, places.proc) or ()
    if any(listener.is_tunnel for listener in held):
        return ServerLog(why=f"ssh holds port {port}: the server is on another machine")
    reasons: list[str] = []
    for log in _logs(held, port, places):
        if log.start and not log.source.startswith("docker") and not _is_of(log.start[0], port):
            reasons.append(f"{log.source} is that of a server on another port")
        elif log.newest or log.start:
            return log
        elif log.why:
            reasons.append(log.why)
    return ServerLog(why="; ".join(dict.fromkeys(reasons)) or "no log was found")


def log_in_file(path: Path) -> ServerLog:
    """What a file has of a server's log."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - NEWEST))
            newest = file.read(NEWEST)
            start = _last_start(path, end)
    except OSError as error:
        return ServerLog(why=f"{clean(str(path))}: {reason_of(error)}")
    return ServerLog(clean(str(path)), _lines(newest), _lines(start))


def unit_of(held: Sequence[Listener]) -> str:
    """The service of systemd that listens there; where that is not seen, the usual one."""
    found = re.search(r"/(?!-)([\w.@-]*ollama[\w.@-]*\.service)", " ".join(of.group for of in held))
    return found[1] if found else UNIT


def has_users_own_unit(held: Sequence[Listener]) -> bool:
    """Whether the service that listens there is one of a user's own systemd."""
    return any(re.search(r"/user@\d+\.service/.*ollama.*\.service", of.group) for of in held)


def _logs(held: Sequence[Listener], port: int, places: LogPlaces) -> Iterator[ServerLog]:
    """Logs, the likeliest first; each is read only if none before it would do."""
    for listener in held:
        if (path := _output(listener, places.proc)) is not None:
            yield log_in_file(path)
    groups = " ".join(listener.group for listener in held)
    of_a_user = has_users_own_unit(held)
    if "docker" not in groups and (of_a_user or "/user.slice/" not in groups):
        yield _in_journal(unit_of(held), of_a_user, places)
    for home in (places.home / ".ollama", *(home / ".ollama" for home in places.service_homes)):
        path = home / "logs" / "server.log"
        with suppress(OSError):
            if path.is_file():
                yield log_in_file(path)
    yield _in_docker(port, groups, places)


def _output(listener: Listener, proc: Path) -> Path | None:
    """The file that a server's errors go to, where its log is; None if that is no file."""
    if listener.pid is None or not listener.program.startswith("ollama"):
        return None
    with suppress(OSError):
        path = Path(os.readlink(proc / str(listener.pid) / "fd" / "2"))
        return path if path.is_absolute() and path.is_file() else None
    return None


def _in_journal(unit: str, of_a_user: bool, places: LogPlaces) -> ServerLog:
    option = "--user-unit" if of_a_user else "-u"
    words = ("journalctl", option, unit, "-o", "cat", "--no-pager", "-q")
    said = places.ask((*words, "-n", _LINES))
    if not _has_lines(said):
        return ServerLog(why=said.failure or f"the journal has no lines of {unit}")
    newest = _lines(said.text.encode())
    start = tuple(from_last_start(newest))
    if not start:
        start = _journals_start(words, of_a_user, places)
    return ServerLog(f"journalctl {option} {unit.removesuffix('.service')}", newest, start)


def _journals_start(words: Sequence[str], of_a_user: bool, places: LogPlaces) -> tuple[str, ...]:
    """The last start where the newest lines no longer have it: what its present run wrote first."""
    whose = ("--user",) if of_a_user else ()
    show = ("systemctl", *whose, "show", words[2], "-p", "InvocationID", "--value")
    run = places.ask(show).text.strip()
    if not re.fullmatch(r"[0-9a-f]{32}", run):
        return ()
    return _start_of(places.ask_first((words[0], f"_SYSTEMD_INVOCATION_ID={run}", *words[3:])))


def _in_docker(port: int, groups: str, places: LogPlaces) -> ServerLog:
    said = places.ask(("docker", "ps", "--no-trunc", "--format", "{{.ID}}\t{{.Names}}\t{{.Ports}}"))
    if said.failure:
        return ServerLog(why=said.failure.partition(". ")[0])
    for line in said.text.splitlines():
        id, _, rest = line.partition("\t")
        name, _, ports = rest.partition("\t")
        if id and (str(port) in _PUBLISHED.findall(ports) or id in groups):
            return _of_container(clean(name or id), places)
    return ServerLog(why=f"no container of docker has port {port}")


def _of_container(name: str, places: LogPlaces) -> ServerLog:
    said = places.ask(("docker", "logs", "--tail", _LINES, "--", name))
    if not _has_lines(said):
        return ServerLog(why=said.failure or f"docker logs {name} is empty")
    newest = _lines(said.text.encode())
    start = tuple(from_last_start(newest))
    if not start:
        when = places.ask(
            ("docker", "inspect", "-f", "{{.State.StartedAt}}", "--", name)
        ).text.strip()
        if re.fullmatch(r"[\d:.TZ+-]{10,40}", when):
            start = _start_of(places.ask_first(("docker", "logs", "--since", when, "--", name)))
    return ServerLog(f"docker logs {name}", newest, start)


def _has_lines(said: Said) -> bool:
    return bool(said.text.strip()) and (not said.failure or "did not end" in said.failure)


def _start_of(said: Said) -> tuple[str, ...]:
    return tuple(from_last_start(_lines(said.text.encode())))


def _is_of(line: str, port: int) -> bool:
    """Whether the settings in a line are of a server on that port, or do not say."""
    host = (settings_in(line) or {}).get("OLLAMA_HOST", "")
    with suppress(ValueError):
        return (urlsplit(host).port or port) == port
    return True


def _last_start(path: Path, end: int) -> bytes:
    """The part of a file from its last start on; empty if there is none."""
    piece, overlap = 4_000_000, len(_START)
    with path.open("rb") as file:
        at = end
        while at > max(0, end - _LOOKED_BACK):
            below = max(0, at - piece)
            file.seek(below)
            found = file.read(at - below + overlap).rfind(_START)
            if found >= 0:
                start = max(0, below + found - 1000)
                file.seek(start)
                read = file.read(_FIRST)
                line = read.rfind(b"\n", 0, below + found - start) + 1
                return read[line:]
            at = below
    return b""


def _lines(text: bytes) -> tuple[str, ...]:
    lines = clean_lines(text.decode("utf-8", "replace")).splitlines()
    return tuple(line[:_LONGEST_LINE] for line in lines)
