"""Folders of models on this machine: the server's own, and others."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ollama_tui.core.doctor.evidence import Folder, Step, Store
from ollama_tui.core.text import clean

try:
    import pwd
except ImportError:  # Windows has none
    pwd = None  # type: ignore[assignment]

_COUNTED = 10_000
"""Manifests that are counted at most."""


@dataclass(frozen=True, slots=True)
class Named:
    """The folder that is said to be the server's."""

    path: str
    """Empty: nothing tells."""
    told_by: str = ""
    uid: int | None = None
    """Who the server runs as; None: not known."""


@dataclass(frozen=True, slots=True)
class Served:
    """A folder of models with a server that runs on this machine."""

    path: Path
    host: str
    """Where that server listens, as it was told."""


def model_folder(named: Named, usual: Iterable[Path], served: Iterable[Served] = ()) -> Folder:
    """What can be seen of the server's folder, and of others; it reads files, so it blocks.

    Args:
        named: the server's own, and who it runs as.
        usual: where others may be.
        served: where servers that run here have theirs.
    """
    path = Path(os.path.normpath(named.path)) if named.path else None
    others = tuple(_others(path, usual, served))
    user = user_name(named.uid) if named.uid is not None else ""
    folder = Folder(
        str(path or ""), named.told_by, user=user, uid=named.uid, gids=_groups(named.uid),
        others=others,
    )  # fmt: skip
    if path is None or not path.is_absolute():
        return replace(folder, path="", why="nothing tells where the server keeps its models")
    return _looked_at(folder, path)


def user_name(uid: int) -> str:
    """Whose number that is; the number itself where nobody has it."""
    if pwd is not None:
        with suppress(KeyError):
            return clean(pwd.getpwuid(uid).pw_name, 60)
    return str(uid)


def uid_of(user: str) -> int | None:
    """The number of a user; None if there is none of that name."""
    if user.isdecimal():
        return int(user)
    if pwd is not None:
        with suppress(KeyError):
            return pwd.getpwnam(user).pw_uid
    return None


def default_folder(uid: int) -> str:
    """Where Ollama keeps models that a user's server was not told to keep elsewhere."""
    if pwd is not None:
        with suppress(KeyError):
            return f"{pwd.getpwuid(uid).pw_dir}/.ollama/models"
    return ""


def _looked_at(folder: Folder, path: Path) -> Folder:
    steps: list[Step] = []
    missing = closed = ""
    for step in (*reversed(path.parents), path):
        try:
            found = step.stat()
        except (FileNotFoundError, NotADirectoryError):
            missing = str(step)
            break
        except OSError:
            closed = str(step)
            break
        owner = user_name(found.st_uid)
        mode = stat.S_IMODE(found.st_mode)
        steps.append(Step(str(step), mode, found.st_uid, found.st_gid, owner))
    free = total = None
    with suppress(OSError):
        usage = shutil.disk_usage(path)
        free, total = usage.free, usage.total
    return replace(
        folder, steps=tuple(steps), missing=missing, closed=closed, free=free, total=total,
        is_read_only=_is_read_only(path),
    )  # fmt: skip


def _is_read_only(path: Path) -> bool:
    with suppress(OSError, AttributeError):
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return False


def _groups(uid: int | None) -> frozenset[int]:
    if uid is None or pwd is None:
        return frozenset()
    with suppress(KeyError, OSError):
        user = pwd.getpwuid(uid)
        return frozenset(os.getgrouplist(user.pw_name, user.pw_gid))
    return frozenset()


def _others(own: Path | None, usual: Iterable[Path], served: Iterable[Served]) -> Iterator[Store]:
    seen = {_mark(own)} if own is not None else set()
    hosts = {of.path: of.host for of in served}
    for path in (*hosts, *usual):
        mark = _mark(path)
        if mark is not None and mark not in seen:
            seen.add(mark)
            yield Store(str(path), _owner(path), _count(path), hosts.get(path, ""))


def _mark(path: Path) -> tuple[int, int] | None:
    """What tells a folder with models from others under whatever name; None if it is none."""
    with suppress(OSError, ValueError):
        found = (path / "manifests").stat()
        return found.st_dev, found.st_ino
    return None


def _owner(path: Path) -> str:
    with suppress(OSError):
        return user_name(path.stat().st_uid)
    return ""


def _count(path: Path) -> int | None:
    try:
        os.listdir(path / "manifests")
    except OSError:
        return None
    count = 0
    for file in (path / "manifests").glob("*/*/*/*"):
        count += file.is_file()
        if count >= _COUNTED:
            break
    return count
