"""What a server writes into its log when it starts: its settings, and the devices it found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ollama_tui.core.text import clean

_PAIR = re.compile(r'(?<![\w.])([A-Za-z_][\w.]*)=("(?:[^"\\]|\\.)*"|\S*)')
_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = {"n": " ", "t": " ", "r": " "}
# Of the variables that Ollama prints only those of proxies are written small.
_VARIABLE = re.compile(r"(?:^| )((?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)|(?:https?|no|all)_proxy):")
_DEFAULT_CONTEXT = re.compile(r'msg="vram-based default context".* default_num_ctx=(\d{1,9})\b')
_VISIBLE = (
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "GGML_VK_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
)
_LIBRARY = "OLLAMA_LLM_LIBRARY"
_AMOUNT = re.compile(r"([\d.]+) ?([KMGT]?)(i?)B")


@dataclass(frozen=True, slots=True)
class Device:
    """A device that a server found at its start and may compute on."""

    id: str
    library: str
    """`cuda`, `rocm`, `vulkan`, `metal` or `cpu`, in small letters."""
    name: str
    """What its maker calls it; empty if it was not said."""
    driver: str
    """The driver's version; empty if it was not said."""
    total: int | None
    """Bytes of its memory, as far as the log tells; None: it was not said."""

    @property
    def is_cpu(self) -> bool:
        """Whether it is no GPU."""
        return self.library == "cpu"


@dataclass(frozen=True, slots=True)
class ServerStart:
    """What a server's log says of its last start."""

    settings: Mapping[str, str] | None = None
    """The variables that it reads, with their values; None: that line was not found."""
    devices: tuple[Device, ...] | None = None
    """None: no such line was found, which is not the same as no device."""
    default_context: int | None = None
    """Tokens that it gives by the memory of its GPUs; None: that was not said."""

    @property
    def set_context(self) -> int | None:
        """Tokens that OLLAMA_CONTEXT_LENGTH gives to a model unasked; None: it is not set."""
        told = (self.settings or {}).get("OLLAMA_CONTEXT_LENGTH", "")
        return (int(told) or None) if re.fullmatch(r"\d{1,9}", told) else None

    @property
    def kv_type(self) -> str:
        """How caches are kept, as OLLAMA_KV_CACHE_TYPE says; empty: it is not set, or not told."""
        return (self.settings or {}).get("OLLAMA_KV_CACHE_TYPE", "")

    @property
    def slots(self) -> int | None:
        """Requests that a model serves at a time, as OLLAMA_NUM_PARALLEL says; None: not told."""
        told = (self.settings or {}).get("OLLAMA_NUM_PARALLEL", "")
        return (int(told) or None) if re.fullmatch(r"\d{1,3}", told) else None

    @property
    def hiding(self) -> tuple[str, ...]:
        """Settings that keep the server from some GPUs, or all: `CUDA_VISIBLE_DEVICES=-1`."""
        told = self.settings or {}
        names = [name for name in _VISIBLE if told.get(name)]
        if told.get(_LIBRARY, "").startswith("cpu"):
            names.append(_LIBRARY)
        return tuple(f"{name}={told[name]}" for name in names)

    @property
    def context(self) -> int | None:
        """Tokens that a model gets unasked; None: the log does not tell."""
        return self.set_context or self.default_context


def server_start(lines: Sequence[str]) -> ServerStart:
    """What the lines from the last start on say."""
    lines = from_last_start(lines)
    settings = settings_in(lines[0]) if lines else None
    devices = tuple(device for line in lines if (device := device_in(line)) is not None)
    contexts = [int(found[1]) for line in lines if (found := _DEFAULT_CONTEXT.search(line))]
    return ServerStart(settings, devices or None, contexts[-1] if contexts else None)


def from_last_start(lines: Sequence[str]) -> Sequence[str]:
    """The lines from the newest `server config` on; empty if there is none."""
    for at in range(len(lines) - 1, -1, -1):
        if _is_start(lines[at]):
            return lines[at:]
    return ()


def settings_in(line: str) -> dict[str, str] | None:
    """The settings in a line `msg="server config" env="map[…]"`; None if it is another line."""
    if not _is_start(line):
        return None
    env = log_fields(line).get("env", "")
    return go_map(env[4:-1]) if env.startswith("map[") and env.endswith("]") else None


def device_in(line: str) -> Device | None:
    """The device in a line `msg="inference compute" …`; None if it is another line."""
    if "inference compute" not in line:
        return None
    fields = log_fields(line)
    if fields.get("msg") != "inference compute":
        return None
    return Device(
        fields.get("id", ""),
        fields.get("library", "").casefold(),
        fields.get("description") or fields.get("name", ""),
        fields.get("driver", ""),
        _bytes(fields.get("total", "")),
    )


def log_fields(line: str) -> dict[str, str]:
    """The fields of a line as Go's slog writes it: `key=value key="a value"`."""
    return {key: _unquoted(value) for key, value in _PAIR.findall(line)}


def go_map(text: str) -> dict[str, str]:
    """The variables in what Go prints between `map[` and `]`: `A: B:a value C:[x y]`.

    Go does not quote, but it sorts: what looks like a name and comes too early belongs to the
    value before it.
    """
    names: list[tuple[str, int, int]] = []
    for found in _VARIABLE.finditer(text):
        if not names or found[1] > names[-1][0]:
            names.append((found[1], found.start(), found.end()))
    ends = [start for _, start, _ in names[1:]] + [len(text)]
    return {
        name: clean(text[begin:end].strip())
        for (name, _, begin), end in zip(names, ends, strict=True)
    }


def _is_start(line: str) -> bool:
    return 'msg="server config"' in line


def _unquoted(value: str) -> str:
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        value = _ESCAPED.sub(lambda sign: _ESCAPES.get(sign[1], sign[1]), value[1:-1])
    return clean(value, 20_000)


def _bytes(text: str) -> int | None:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    base = 1024 if found[3] else 1000
    try:
        return round(float(found[1]) * float(base) ** " KMGT".index(found[2] or " "))
    except (ValueError, OverflowError):
        return None
