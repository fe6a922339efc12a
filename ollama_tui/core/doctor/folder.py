"""The folder of models: whose it is, whether the server may go there, its room, and others."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from ollama_tui.core import units
from ollama_tui.core.doctor.evidence import Folder, Machine, Step, Store
from ollama_tui.core.doctor.finding import Finding, fault, ok, unknown, warning

_GO, _ALL = 0o1, 0o7
_TIGHT, _FULL = 10 * 10**9, 10**9
_ROOT = 0
_SHARED_PARTS = 2
"""Of a path, such as `/` and `/usr`, that others use too."""


def check(machine: Machine) -> Iterator[Finding]:
    """Owner, rights, room, and other folders."""
    folder = machine.folder
    why = machine.elsewhere if not machine.is_here else folder.why
    if not machine.is_here or not folder.path:
        why = why or "nothing tells where the server keeps its models"
        yield from (unknown(f"folder.{name}", why) for name in ("owner", "rights", "space"))
    else:
        yield _owner(folder)
        yield _rights(folder, machine)
        yield _space(folder)
    yield _others(machine)


def refused_at(steps: tuple[Step, ...], uid: int, gids: frozenset[int]) -> Step | None:
    """The first folder of a path that a user may not go through, or write to if it is the last."""
    for step in steps:
        needed = _ALL if step is steps[-1] else _GO
        if uid != _ROOT and _bits(step, uid, gids) & needed != needed:
            return step
    return None


def _bits(step: Step, uid: int, gids: frozenset[int]) -> int:
    if step.uid == uid:
        return step.mode >> 6
    return step.mode >> 3 if step.gid in gids else step.mode


def _owner(folder: Folder) -> Finding:
    check = "folder.owner"
    if folder.missing:
        return fault(
            check,
            f"{folder.missing} is not there, where {folder.told_by} says the models are.",
            "Make it, or mount its disk, and restart Ollama.",
        )
    if folder.closed or not folder.steps:
        return unknown(check, f"{folder.closed or folder.path} is closed to this user")
    last = folder.steps[-1]
    if folder.uid is None or folder.uid in (last.uid, _ROOT):
        return ok(check, f"{folder.path} belongs to {last.owner}; {folder.told_by} names it.")
    if refused_at(folder.steps, folder.uid, folder.gids) is None:
        return ok(check, f"{folder.path} belongs to {last.owner}; {folder.user} may write there.")
    return warning(
        check,
        f"{folder.path} belongs to {last.owner}, and the server runs as {folder.user}.",
        _give(folder, folder.path),
    )


def _rights(folder: Folder, machine: Machine) -> Finding:
    check = "folder.rights"
    if folder.missing or folder.closed or not folder.steps:
        return unknown(check, f"{folder.missing or folder.closed or folder.path} cannot be seen")
    if machine.unit.protects_home and _is_in_a_home(folder.path):
        return fault(
            check,
            f"{machine.unit.title} is kept out of home folders (ProtectHome), and {folder.path} "
            "is in one.",
            f"`{machine.unit.control('edit')}`: ProtectHome=no, or move the folder.",
        )
    if folder.is_read_only:
        return fault(check, f"The disk of {folder.path} is mounted read-only.", "Mount it anew.")
    if folder.uid is None:
        return unknown(check, "it is not known which user the server runs as")
    return _rights_of(folder, refused_at(folder.steps, folder.uid, folder.gids))


def _rights_of(folder: Folder, refused: Step | None) -> Finding:
    check = "folder.rights"
    if refused is None:
        return ok(check, f"{folder.user} may go all the way to {folder.path} and write there.")
    if refused is folder.steps[-1]:
        verb, step = "write to", _give(folder, refused.path)
    else:
        path = shlex.quote(refused.path)
        verb, step = "go through", f"`sudo chmod o+x {path}`, then restart Ollama."
    words = f"The server runs as {folder.user}, who may not {verb} {refused.path}."
    return fault(check, words, step)


def _give(folder: Folder, path: str) -> str:
    """How the server gets the folder; never all of a disk or of a part of the system."""
    if len(PurePosixPath(path).parts) <= _SHARED_PARTS:
        return f"Let OLLAMA_MODELS name a folder of its own that belongs to {folder.user}."
    owner = shlex.quote(f"{folder.user}:")
    return f"`sudo chown -R {owner} {shlex.quote(path)}`, then restart Ollama."


def _is_in_a_home(path: str) -> bool:
    return path.startswith(("/home/", "/root/", "/run/user/"))


def _space(folder: Folder) -> Finding:
    check = "folder.space"
    if folder.free is None:
        return unknown(check, f"the free space of {folder.path} cannot be read")
    room = f"{units.space(folder.free)} are free for models"
    if folder.free < _FULL:
        return fault(check, f"{room}: no model fits.", "Delete models that are not needed (d).")
    if folder.free < _TIGHT:
        return warning(check, f"{room}.", "Delete models that are not needed (d).")
    return ok(check, f"{room}.")


def _others(machine: Machine) -> Finding:
    check, others = "folder.others", machine.folder.others
    if not machine.is_here:
        return unknown(check, machine.elsewhere)
    if not machine.folder.path:
        return unknown(check, "which folder is the server's is not known")
    full = [store for store in others if store.models != 0 or store.host]
    if not full:
        return ok(check, "No other folder of models was found, as far as this user may look.")
    there = "There are other folders" if full[1:] else "There is another folder"
    told = "; ".join(map(_other, full))
    served = any(store.host for store in full)
    seen = "Each server sees its own" if served else "A server run by its owner sees those"
    return warning(
        check,
        f"{there} of models: {told}. {seen} only.",
        "Run one server for all, or delete what is not needed there.",
    )


def _other(store: Store) -> str:
    models = units.counted(store.models, "model") if store.models is not None else "closed"
    server = f", of the server at {store.host}" if store.host else ""
    return f"{store.path} of {store.owner or 'somebody'} ({models}{server})"
