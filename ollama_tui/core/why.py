"""Why a model is on the CPU: causes that follow from evidence, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ollama_tui.core import units
from ollama_tui.core.memory.verdict import Verdict, verdict_on
from ollama_tui.core.models import RunningModel
from ollama_tui.core.server_start import Device

_UNLOAD, _LOAD, _EDIT = "model.unload", "model.load", "model.edit"
_CHOOSE = "model.context"
_CONTEXT_AT_LEAST, _STEP = 2048, 256
"""What a server makes of a small context, and what the engine rounds up to."""


class Cause(Enum):
    """Why a model is on the CPU, wholly or partly."""

    NO_GPU = "no gpu"
    UNUSED_GPU = "gpu not used"
    """The driver sees one, and Ollama does not."""
    NUM_GPU = "num_gpu"
    """It was set how many layers go there."""
    CONTEXT = "context"
    """Larger than asked for."""
    TOO_LARGE = "too large"
    HELD = "memory held"
    """By another model, or another program."""
    FREED = "memory freed"
    """By now there is room for all of it; a server moves nothing that is loaded."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody else who has memory of the GPUs."""

    name: str
    """A model's, or a program's with its user."""
    size: int
    """Bytes."""
    is_model: bool = False
    """Whether this server could let go of it."""


@dataclass(frozen=True, slots=True)
class Gpus:
    """What the driver tells of this machine's GPUs."""

    count: int
    total: int | None = None
    """Bytes of memory; None where it is not told."""
    free: int | None = None
    holders: tuple[Holder, ...] = ()
    """Who else has memory there, without the models of this server."""
    has_driver: bool = True
    """Whether a maker's driver answered; without one, none of its programs does either."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a loaded model's circumstances; None: that was not to be seen."""

    devices: tuple[Device, ...] | None = None
    """What the server found at its start."""
    gpus: Gpus | None = None
    """What the driver sees now."""
    others: tuple[RunningModel, ...] = ()
    """What else this server has loaded."""
    model_context: int | None = None
    """The model's own `num_ctx`; None if it has none, or none was to be seen."""
    default_context: int | None = None
    """What the server gives to a model that has none."""
    fitting_context: int | None = None
    """The largest that would be wholly on the GPUs; None where nobody computed it."""
    num_gpu: int | None = None
    """The model's own `num_gpu`; None if it has none."""
    gpu_layers: int | None = None
    """What its runner was told; None if nothing, or before Ollama 0.30."""
    weights: int | None = None
    """Bytes of its file."""
    memory: int | None = None
    """Bytes that it takes; None: as the server says."""
    hiding: tuple[str, ...] = ()
    """The server's own settings that keep GPUs from it."""


@dataclass(frozen=True, slots=True)
class Why:
    """A cause with its remedy."""

    cause: Cause
    words: str
    """What is so, as a part of a sentence."""
    remedy: str
    """What to do, as a sentence without its point."""
    act: str = ""
    """The act that does it; empty where none does."""
    subject: str = ""
    """The model that it is done to; empty where it is none."""
    context: int | None = None
    """Tokens with which it is done; None where that is of no matter."""


def whys(model: RunningModel, seen: Evidence) -> tuple[Why, ...]:
    """Why a loaded model is not all on GPUs, the most telling cause first; empty if it is.

    Where nothing proves anything the only one says what to look at.
    """
    if not model.is_spilled:
        return ()
    # Without a GPU nothing else matters.
    # A model that has memory of one belies whoever saw none.
    has_gpu = any(one.size_vram for one in (model, *seen.others))
    found = (() if has_gpu else tuple(_without_gpu(seen))) or tuple(_with_gpu(model, seen))
    return found or (_unknown(seen),)


def _without_gpu(seen: Evidence) -> Iterator[Why]:
    devices, gpus = seen.devices, seen.gpus
    had_gpu = devices is not None and any(not device.is_cpu for device in devices)
    if gpus is not None and not gpus.has_driver and not had_gpu:
        words = "this machine has no driver of a GPU, so models run on the CPU"
        yield Why(Cause.NO_GPU, words, "A smaller model is faster")
    elif gpus is not None and gpus.count == 0:
        lost = "the driver sees no GPU any more" if had_gpu else "no GPU is seen by the driver"
        again = ", then restart Ollama" if had_gpu else ""
        remedy = f"See `nvidia-smi` or `rocminfo`{again}"
        yield Why(Cause.NO_GPU, lost, remedy)
    elif devices is not None and not had_gpu and gpus is not None:
        words = f"the driver sees {units.counted(gpus.count, 'GPU')}, Ollama saw none at its start"
        yield _unused(words, seen)
    elif devices is not None and not had_gpu:
        words = "no GPU was seen by Ollama at its start"
        yield Why(Cause.NO_GPU, words, "See `nvidia-smi` or `rocminfo`")


def _unused(words: str, seen: Evidence) -> Why:
    if not seen.hiding:
        return Why(Cause.UNUSED_GPU, words, "Restart Ollama; its log tells what it found")
    words = f"{words}: it was started with {', '.join(seen.hiding)}"
    return Why(Cause.UNUSED_GPU, words, "Start Ollama without that")


def _with_gpu(model: RunningModel, seen: Evidence) -> Iterator[Why]:
    set_to = tuple(_by_setting(model, seen))
    yield from set_to
    is_hopeless = _is_beyond(seen.weights, seen)
    if is_hopeless:
        yield _too_large(seen.weights or 0, seen)
    yield from _by_context(model, seen)
    if not is_hopeless and _is_beyond(_memory(model, seen), seen):
        yield _too_large(_memory(model, seen), seen)
    # Where it is set how many layers go there, room makes no difference.
    yield from (() if set_to else _by_time(model, seen)) or _by_others(model, seen)


def _by_setting(model: RunningModel, seen: Evidence) -> Iterator[Why]:
    if seen.num_gpu is not None and seen.num_gpu >= 0:
        words = f"its num_gpu is {seen.num_gpu}"
        yield Why(Cause.NUM_GPU, words, "Without num_gpu Ollama chooses", _EDIT, model.name)
    elif seen.gpu_layers is not None:
        layers = units.counted(seen.gpu_layers, "layer")
        words = f"a client asked for {layers} on GPUs (num_gpu)"
        yield Why(Cause.NUM_GPU, words, "Load it without num_gpu", _UNLOAD, model.name)


def _by_context(model: RunningModel, seen: Evidence) -> Iterator[Why]:
    now, own = model.context_length, seen.model_context or seen.default_context
    if now is None:
        return
    fits = seen.fitting_context
    if own is not None and now > max(_CONTEXT_AT_LEAST, -(-own // _STEP) * _STEP):
        whose = "the model's own" if seen.model_context else "the server's own"
        words = f"a client asked for {units.tokens(now)} of context, {whose} is {units.tokens(own)}"
        remedy = f"Load it with {units.tokens(own)}"
        yield Why(Cause.CONTEXT, words, remedy, _LOAD, model.name, own)
    elif fits is not None and 0 < fits < now:
        automatic = "" if seen.model_context else "automatic "
        words = f"its {automatic}context of {units.tokens(now)} is larger than fits"
        yield Why(Cause.CONTEXT, words, f"{units.tokens(fits)} fits", _CHOOSE, model.name, fits)


def _by_time(model: RunningModel, seen: Evidence) -> tuple[Why, ...]:
    free = seen.gpus.free if seen.gpus else None
    missing = _memory(model, seen) - model.size_vram
    if free is None or verdict_on(missing, free) is not Verdict.FITS:
        return ()
    words = f"it was loaded when less was free; {units.memory(free)} are free now"
    return (Why(Cause.FREED, words, "Unload it, and load it again", _UNLOAD, model.name),)


def _by_others(model: RunningModel, seen: Evidence) -> Iterator[Why]:
    models = (Holder(one.name, one.size_vram, is_model=True) for one in seen.others)
    holders = [*models, *(seen.gpus.holders if seen.gpus else ())]
    missing = _memory(model, seen) - model.size_vram
    if not holders or (largest := max(holders, key=_size)).size <= 0:
        return
    words = f"{largest.name} holds {units.memory(largest.size)} of GPU memory"
    # One that has little does not keep out one that lacks much.
    if 2 * sum(map(_size, holders)) < missing:
        return
    if largest.is_model:
        yield Why(Cause.HELD, words, f"Unload {largest.name}", _UNLOAD, largest.name)
    else:
        yield Why(Cause.HELD, words, "End it, or ask whose it is")


def _too_large(size: int, seen: Evidence) -> Why:
    total = units.memory(_total(seen))
    words = f"it takes {units.memory(size)}, and the GPUs have {total}"
    return Why(Cause.TOO_LARGE, words, "Take a smaller quantisation, or OLLAMA_KV_CACHE_TYPE=q8_0")


def _unknown(seen: Evidence) -> Why:
    if seen.devices is None and seen.gpus is None:
        remedy = "On the server's machine `ollama-tui why` reads its log and its GPUs"
        return Why(Cause.UNKNOWN, "neither its log nor its GPUs can be read", remedy)
    remedy = "Its log tells how many layers went to the GPU (`offloaded`)"
    return Why(Cause.UNKNOWN, "nothing that can be seen explains it", remedy)


def _is_beyond(size: int | None, seen: Evidence) -> bool:
    total = _total(seen)
    return size is not None and total is not None and size > total


def _total(seen: Evidence) -> int | None:
    if seen.gpus is not None and seen.gpus.total is not None:
        return seen.gpus.total
    sizes = [device.total for device in seen.devices or () if not device.is_cpu]
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) else None


def _memory(model: RunningModel, seen: Evidence) -> int:
    return model.size if seen.memory is None else seen.memory


def _size(holder: Holder) -> int:
    return holder.size
