"""How fast a download comes, and whether that is worth a forecast."""

from __future__ import annotations

_WINDOW = 8.0
"""Seconds over which the speed is taken."""
_SAMPLE_EVERY = 0.5
_FORECAST_FROM = 3.0
"""Seconds of samples before a time left is worth something."""

Samples = tuple[tuple[float, int], ...]
"""Moments with the bytes fetched until then, over the last seconds."""


def sampled(samples: Samples, now: float, fetched: int) -> Samples:
    """These samples with one of this moment, unless one was taken just before."""
    if samples and now - samples[-1][0] < _SAMPLE_EVERY:
        return samples
    recent = tuple(sample for sample in samples if now - sample[0] <= _WINDOW)
    return (*recent, (now, fetched))


def rate_of(samples: Samples) -> float | None:
    """Bytes a second; None when not enough is known."""
    if len(samples) < 2:
        return None
    (first, before), (last, after) = samples[0], samples[-1]
    return (after - before) / (last - first) if last - first >= 1 else None


def can_forecast(samples: Samples) -> bool:
    """Whether they span enough time for saying how long the rest takes."""
    return len(samples) > 1 and samples[-1][0] - samples[0][0] >= _FORECAST_FROM
