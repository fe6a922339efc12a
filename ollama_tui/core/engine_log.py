"""What the engine itself says in a server's log that a model takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ollama_tui.core.engine_load import OWN_ENGINE, Buffer, EngineLoad

_MIB = 2**20
_START = re.compile(r'msg="starting (?:llama-server|runner)" cmd="((?:[^"\\]|\\.)*)"')
_MODEL = " --model "
_OVER = re.compile(
    r'msg="(?:llama-server|llama runner) started in |level=ERROR|[Ll]oad failed|error loading'
    r"|aborting load"
)
# One look at each line, since there are many and few tell anything.
_TOLD = re.compile(
    r"buffer size|msg=\"starting |started in|file size|offloaded|breakdown_print|ERROR|oad failed"
    r"|error loading|aborting load|Operation:commit|msg=\"(?:model weights|kv cache|compute graph)"
)
# What any client asks for stands in the log: no pattern may try a long line again and again, or
# take for a number what is none.
_BUFFER = re.compile(
    r"\b([A-Za-z_]\w{0,60}):\s{1,40}(\S{1,60})\s{1,40}(model|KV|compute|output|RS)"
    r"\s+buffer size\s*=\s*(\d{1,9}(?:\.\d+)?)\s*MiB"
)
# What Ollama's own engine reserves; of the other's loads the same words are a forecast (0.24).
_OWN_BUFFER = re.compile(
    r'msg="(model weights|kv cache|compute graph)" device="?([^\s"]+)"?'
    r' size="(\d{1,9}(?:\.\d+)?) ([KMG]iB|B)"'
)
_OWN_KINDS = {"model weights": "model", "kv cache": "KV", "compute graph": "compute"}
_COMMIT = "Operation:commit "
_SLOTS = re.compile(r" Parallel:(\d{1,9}) ")
_KV_TYPE = re.compile(r" KvCacheType:(\w{0,20})")
_FILE = re.compile(r"print_info: file size\s*=\s*(\d{1,9}(?:\.\d+)?) (KiB|MiB|GiB)")
_LAYERS = re.compile(r"offloaded\s+(\d{1,9})/(\d{1,9})\s+layers to GPU")
_BREAKDOWN = re.compile(
    r"memory_breakdown_print:\s{0,9}\|\s{0,9}-\s{0,9}([^|]{1,80}?)\s{0,9}\|[^|]{0,80}?"
    r"\(?(\d{1,9})\s*=\s*(\d{1,9})\s*\+\s*(\d{1,9})\s*\+\s*(\d{1,9})"
)
_DIGEST = re.compile(r"sha256[-:]([0-9a-f]{64})")
_UNITS = {"B": 1, "KiB": 2**10, "MiB": _MIB, "GiB": 2**30}


def engine_loads(lines: Iterable[str]) -> tuple[EngineLoad, ...]:
    """The loads in a log, the oldest first.

    Where two loads overlap nobody can tell whose line is whose: both are told without sizes.
    """
    parts: list[list[str]] = []
    for line in filter(_TOLD.search, lines):
        if _command_in(line):
            parts.append([])
        if parts:
            parts[-1].append(line)
    return tuple(_apart((_load_of(part), any(map(_OVER.search, part))) for part in parts))


def _load_of(part: list[str]) -> EngineLoad:
    command = _command_in(part[0])
    digest = _DIGEST.search(command.partition(_MODEL)[2])
    sizes = [_bytes(found) for line in part if (found := _FILE.search(line))]
    layers = [found for line in part if (found := _LAYERS.search(line))]
    slots, kv_type = _asked(part)
    return EngineLoad(
        _words(command),
        digest[1] if digest else "",
        _own_buffers(part) if OWN_ENGINE in command else _buffers(part, "--spec-" in command),
        sizes[0] if sizes else None,
        gpu_layers=int(layers[-1][1]) if layers else None,
        layers=int(layers[-1][2]) if layers else None,
        rough=_table(part),
        slots=slots,
        kv_type=kv_type,
    )


def _command_in(line: str) -> str:
    """The command of a runner that a line says is starting; empty if it says no such thing.

    A runner without a model looks for GPUs, at the server's start, and its end is not told.
    """
    found = _START.search(line)
    return found[1].replace('\\"', '"') if found and _MODEL in found[1] else ""


def _asked(part: list[str]) -> tuple[int | None, str | None]:
    """The slots and the type of the cache that the runner was last told to have."""
    for line in reversed(part):
        if _COMMIT in line:
            slots, kv_type = _SLOTS.search(line), _KV_TYPE.search(line)
            if slots and kv_type:
                return int(slots[1]), kv_type[1] or "f16"
    return None, None


def _buffers(part: list[str], has_draft: bool) -> tuple[Buffer, ...]:
    """Every buffer of the last try; the engine may try in vain, and tells each try whole.

    A cache in several parts has several lines that look alike, whereas room for computing that
    is told again replaces what was told before.
    """
    buffers: list[Buffer] = []
    for match in (found for line in part if (found := _BUFFER.search(line))):
        buffer = Buffer(match[1], match[2], match[3], round(float(match[4]) * _MIB))
        begins_anew = buffer.kind == "model" and buffers and buffers[-1].kind != "model"
        if begins_anew and not has_draft:
            buffers.clear()
        if buffer.kind in ("compute", "output") and not has_draft:
            place = (buffer.component, buffer.device, buffer.kind)
            buffers = [one for one in buffers if (one.component, one.device, one.kind) != place]
        buffers.append(buffer)
    return tuple(buffers)


def _own_buffers(part: list[str]) -> tuple[Buffer, ...]:
    """What Ollama's own engine reserved, told once, to a tenth of a unit."""
    buffers: dict[tuple[str, str], Buffer] = {}
    for match in (found for line in part if (found := _OWN_BUFFER.search(line))):
        kind, unit = _OWN_KINDS[match[1]], _UNITS[match[4]]
        size, error = round(float(match[3]) * unit), 0 if unit == 1 else unit // 20
        buffers[match[2], kind] = Buffer("ollama", match[2], kind, size, error)
    return tuple(buffers.values())


def _table(part: list[str]) -> int | None:
    rows = {found[1]: int(found[2]) * _MIB for line in part if (found := _BREAKDOWN.search(line))}
    return sum(rows.values()) if rows else None


def _apart(loads: Iterable[tuple[EngineLoad, bool]]) -> Iterator[EngineLoad]:
    """The loads, without the sizes of those during which another one began.

    Args:
        loads: each with whether its end was told, be it good or bad.
    """
    listed = list(loads)
    ends = [True, *(is_over for _, is_over in listed)]
    for at, (load, is_over) in enumerate(listed):
        is_last = at == len(listed) - 1
        is_alone = ends[at] and (is_over or is_last)
        yield load if is_alone else replace(load, buffers=(), rough=None)


def _words(command: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return tuple(command.split())


def _bytes(found: re.Match[str]) -> int:
    return round(float(found[1]) * _UNITS[found[2]])
