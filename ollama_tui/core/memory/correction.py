"""What loads were seen to take, set against what they were estimated to take."""

from __future__ import annotations

from dataclasses import replace

from ollama_tui.core import units
from ollama_tui.core.memory.estimate import RunnerOptions, cuda_bytes, estimate
from ollama_tui.core.memory.learned import Taken
from ollama_tui.core.memory.shape import Shape


def measured_of(
    shape: Shape, options: RunnerOptions, taken: Taken | None
) -> tuple[int | None, float | None]:
    """What a load takes by what was seen, and how far the estimate of it was off."""
    if taken is None or taken.context not in (None, options.context):
        return None, None
    options = _as_taken(options, taken)
    expected = estimate(shape, options).engine
    error = None if expected is None else (expected - taken.size) / taken.size
    # What the driver takes on each GPU is not the engine's to tell.
    return taken.size + cuda_bytes(options.gpus), error


def correction_of(shape: Shape, options: RunnerOptions, taken: Taken | None) -> int:
    """Bytes by which what was seen, with whatever context, differed from its estimate."""
    if taken is None:
        return 0
    then = replace(_as_taken(options, taken), context=taken.context or options.context)
    expected = estimate(shape, then).engine
    return 0 if expected is None else taken.size - expected


def correction_words(off: int) -> tuple[str, ...]:
    """What a load with another context has changed of the estimate, where that is seen."""
    if abs(off) < units.WORTH_TELLING:
        return ()
    more = "more" if off > 0 else "less"
    return (
        f"another context took {units.memory(abs(off))} {more} than estimated: "
        f"so is this one taken to",
    )


def _as_taken(options: RunnerOptions, taken: Taken) -> RunnerOptions:
    """With the GPUs over which it was spread then, of which a server tells only whether any."""
    return replace(options, gpus=max(taken.gpus, options.gpus) if taken.gpus else 0)
