"""What a logout does to the programs that a user left running, and how to outlive it."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ollama_tui.core import programs
from ollama_tui.holder.place import own_uid

SECONDS = 2.0
"""How long a tool may take to answer."""
_LONGEST = 65_536
"""Bytes of an answer."""
_SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect", "--")
_LOGIND = (
    *("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"),
    *("KillUserProcesses", "KillOnlyUsers", "KillExcludeUsers"),
)
_USERS = re.compile(r'as \d+((?: "[^"]*")*)')


class Logout(Enum):
    """What becomes of a detached program when its user logs out."""

    SURVIVES = "survives"
    """It goes on."""
    NEEDS_SCOPE = "needs scope"
    """It goes on if the user's manager, which lingers, is what keeps it."""
    ENDS = "ends"
    """It is ended."""

    @property
    def words(self) -> str:
        """What to tell the user; empty when there is nothing to tell."""
        if self is Logout.ENDS:
            return (
                "This machine ends your programs at logout; `loginctl enable-linger` changes that."
            )
        return ""


@dataclass(frozen=True, slots=True)
class User:
    """Who logs out."""

    uid: int
    name: str


def this_user() -> User:
    """The user whom this process acts for."""
    import pwd  # Windows has none

    try:
        return User(own_uid(), pwd.getpwuid(own_uid()).pw_name)
    except KeyError:
        return User(own_uid(), str(own_uid()))


def ask(command: list[str]) -> str | None:
    """What a tool wrote within two seconds; None if it is missing, fails or hangs."""
    said = programs.ask(command, seconds=SECONDS, at_most=_LONGEST)
    return None if said.failure else said.text


def at_logout(
    user: User | None = None,
    *,
    known: Path = Path("/run/systemd/users"),
    platform: str = sys.platform,
) -> Logout:
    """What becomes of a detached program of the user's; what cannot be found out is harmless.

    Args:
        user: None for the user whom this process acts for.
        known: The folder in which logind has a file for each user who is logged in or lingers.
        platform: As `sys.platform` has it.
    """
    if platform != "linux":
        return Logout.SURVIVES
    user = user or this_user()
    if not os.path.exists(known / str(user.uid)) or not _ends_programs_of(user.name):
        return Logout.SURVIVES
    lingers = (ask(_linger_of(user.uid)) or "").strip()
    found = {"Linger=yes": Logout.NEEDS_SCOPE, "Linger=no": Logout.ENDS}
    return found.get(lingers, Logout.SURVIVES)


def started(command: list[str], logout: Logout) -> list[str]:
    """The command as it must be started to last as long as this machine lets it."""
    return [*_SCOPE, *command] if logout is Logout.NEEDS_SCOPE else command


def _linger_of(uid: int) -> list[str]:
    return ["loginctl", "show-user", str(uid), "--property=Linger"]


def _ends_programs_of(name: str) -> bool:
    # Asked together: KillOnlyUsers counts although KillUserProcesses is no (manager_shall_kill).
    lines = (ask(["busctl", "get-property", *_LOGIND]) or "").splitlines()
    if len(lines) != 3 or lines[0] not in ("b true", "b false"):
        return False
    only, excluded = _users(lines[1]), _users(lines[2])
    if only is None or excluded is None or name in (excluded or ("root",)):
        return False
    return name in only if only else lines[0] == "b true"


def _users(line: str) -> tuple[str, ...] | None:
    found = _USERS.fullmatch(line)
    return tuple(re.findall(r'"([^"]*)"', found[1])) if found else None
