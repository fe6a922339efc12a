"""Whether a model fits as it would be loaded, with all that is known of that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ollama_tui.core.eviction import eviction
from ollama_tui.core.memory.contexts import max_context
from ollama_tui.core.memory.correction import correction_of, correction_words, measured_of
from ollama_tui.core.memory.estimate import (
    DEFAULT_CONTEXT,
    Estimate,
    KvType,
    RunnerOptions,
    context_of,
    estimate,
)
from ollama_tui.core.memory.foresight import foreseen, missing_beside
from ollama_tui.core.memory.learned import Taken
from ollama_tui.core.memory.shape import Shape
from ollama_tui.core.memory.verdict import Verdict, missing_for, spare_of, verdict_on
from ollama_tui.core.models import Model, RunningModel

CLOUD = "it runs in the cloud: it takes no memory here"
NO_CONTEXT = "which context the server gives is not told: {} is taken"
CUT = "it was trained for less: the context is cut to that"
WEIGHTS_ALONE = "only its weights are known: its context comes on top"
NO_VRAM = "how much video memory is free is not known here"


@dataclass(frozen=True, slots=True)
class Asked:
    """How a model is to be loaded, as far as that was said."""

    context: int | None = None
    """None for what the model or the server says."""
    kv: KvType | None = None
    """None for what the server is set to."""
    parallel: int | None = None
    """None for what the server is set to."""


@dataclass(frozen=True, slots=True)
class Room:
    """The video memory of the server's machine."""

    free: int | None = None
    """Bytes that nobody uses now, on all GPUs together; None if that is not known."""
    gpus: int = 1
    """How many GPUs there are; 0 where there are none."""
    largest: int | None = None
    """Bytes that the largest of them has; None if that is not known."""
    running: tuple[RunningModel, ...] = ()
    """What is loaded now."""
    now: float = 0.0
    """Seconds since 1970."""
    context: int | None = None
    """Tokens that the server gives where nobody says how many; None if that is not known."""
    kv: KvType | None = None
    """How the server keeps a cache; None if its log does not tell: f16 unless it was changed."""
    slots: int | None = None
    """How many it gives to a model; None if its log does not tell: one unless it was changed."""
    is_old: bool = False
    """Whether it is known to be one before 0.30, which has an engine of its own."""
    limit: int = 0
    """How many models the server keeps loaded; 0 if that is not known."""

    def free_for(self, model: Model) -> int | None:
        """What a model can use: where it is loaded, that goes before it is loaded anew."""
        own = sum(one.size_vram for one in self.running if one.is_of(model))
        return None if self.free is None else self.free + own


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model would go into memory."""

    name: str
    options: RunnerOptions
    """As it would be loaded: its context is cut to what it was trained for."""
    estimate: Estimate
    measured: int | None = None
    """Bytes that it took when it was loaded so; None if that was not seen."""
    error: float | None = None
    """How far the estimate was off, as a part of what was measured; None if nothing was."""
    free: int | None = None
    """Bytes that it could use; None if that is not known."""
    max_context: int | None = None
    """The largest usual context that still fits; None if none does, or it is not known."""
    evicts: tuple[str, ...] = ()
    """Loaded models that would have to go for it."""
    freed: int = 0
    """Bytes of video memory that those have."""
    notes: tuple[str, ...] = ()
    """What could not be known, and what was taken instead."""
    is_cloud: bool = False
    correction: int = 0
    """Bytes by which a load with another context differed from its estimate."""
    is_on_gpu: bool = False
    """Whether it is loaded so now, and wholly on the GPUs."""
    foreseen: int | None = None
    """Bytes that the server expects it to take; None where it does not go by that."""
    is_limited: bool = False
    """Whether another has to go since the server keeps no more."""

    @property
    def total(self) -> int | None:
        """Bytes that it takes; None if that is not known."""
        if self.measured is not None or self.estimate.total is None:
            return self.measured
        return max(0, self.estimate.total + self.correction)

    @property
    def source(self) -> str:
        """Where the total is from: `estimate`, or `measured`."""
        return "estimate" if self.measured is None else "measured"

    @property
    def verdict(self) -> Verdict | None:
        """Whether it goes in; None if that is not known, or a cloud model's."""
        if self.is_on_gpu:
            return Verdict.FITS
        return None if self.is_cloud else verdict_on(self.total, self.free)


def cloud_fit(name: str, free: int | None) -> Fit:
    """The fit of a model that runs elsewhere."""
    nothing = Estimate(0, 0, 0, 0, 0)
    options = RunnerOptions(gpus=0)
    return Fit(name, options, nothing, free=free, notes=(CLOUD,), is_cloud=True)


def least_fit(name: str, weights: int, room: Room) -> Fit:
    """The fit of a model of which only the weights are known: it takes at least that much."""
    model = Model(name)
    told, free = Estimate(weights, 0, 0, 0, 0), room.free_for(model)
    fit = Fit(name, RunnerOptions(), told, free=free, notes=(WEIGHTS_ALONE,))
    return _with_evictions(fit, model, room)


def options_of(shape: Shape, asked: Asked, room: Room) -> tuple[RunnerOptions, tuple[str, ...]]:
    """How a model would be loaded, and what of that is not known."""
    wanted = asked.context or shape.num_ctx
    options = RunnerOptions(
        wanted or room.context or DEFAULT_CONTEXT,
        asked.kv or room.kv or KvType.F16,
        asked.parallel or room.slots or 1,
        min(room.gpus, 1),
        is_old=room.is_old,
    )
    context = context_of(shape, options)
    notes = () if wanted or room.context else (NO_CONTEXT.format(context),)
    if wanted and context < wanted:
        notes = (CUT,)
    return replace(options, context=context), notes


def fit_of(model: Model, shape: Shape, asked: Asked, room: Room, taken: Taken | None) -> Fit:
    """Whether a model fits.

    Args:
        model: an installed one, that runs here.
        shape: what of it determines its memory.
        asked: how it is to be loaded.
        room: what there is.
        taken: what such a load took the last time; None if that was not seen.
    """
    options, notes = options_of(shape, asked, room)
    options = replace(options, gpus=_spread_over(shape, options, room))
    if taken is not None and room.free is None:
        # As it was loaded is as it will be.
        options = replace(options, gpus=taken.gpus)
    told, free = estimate(shape, options), room.free_for(model)
    measured, error = measured_of(shape, options, taken)
    correction = correction_of(shape, options, taken)
    # The estimate is taken to be off by as much with any other context.
    largest = max_context(shape, options, None if free is None else free - correction)
    if is_on_gpu := _is_on_gpu(model, options, room):
        largest = max(largest or 0, options.context)
    corrected = correction_words(correction) if measured is None and taken is not None else ()
    unknown = () if free is not None else (NO_VRAM,)
    fit = Fit(
        model.name, options, told, measured, error, free, largest,
        notes=(*notes, *shape.notes, *corrected, *unknown),
        correction=correction, is_on_gpu=is_on_gpu,
        foreseen=foreseen(shape, options, model.size),
    )  # fmt: skip
    return _with_evictions(fit, model, room)


def _with_evictions(fit: Fit, model: Model, room: Room) -> Fit:
    if any(one.is_of(model) for one in room.running):
        return fit
    found = eviction(model, room.running, room.now, limit=room.limit)
    going = found.until_free(_missing(fit))
    return replace(
        fit,
        evicts=tuple(one.name for one in going),
        freed=sum(one.size_vram for one in going),
        is_limited=found.is_certain,
    )


def _missing(fit: Fit) -> int:
    """Bytes that others have to let go of for it; 0 if that is not known."""
    if fit.foreseen is None or fit.free is None:
        return missing_for(fit.total, fit.free)
    return missing_beside(fit.foreseen, fit.free)


def _spread_over(shape: Shape, options: RunnerOptions, room: Room) -> int:
    """Over how many GPUs it goes: over one where it fits on one, else over all of them."""
    total = estimate(shape, options).total
    if room.gpus < 2 or room.largest is None or total is None:
        return options.gpus
    return 1 if total + spare_of(total) <= room.largest else room.gpus


def _is_on_gpu(model: Model, options: RunnerOptions, room: Room) -> bool:
    """Whether it is loaded as it would be, and wholly on the GPUs."""
    mine = [one for one in room.running if one.is_of(model)]
    return any(one.context_length == options.context and one.gpu_share == 1 for one in mine)
