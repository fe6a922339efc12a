"""A download as a value that advances with each line of Ollama's pull stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.layers import Layer, Manifest, PullProgress, largest

_RATE_WINDOW = 8.0
"""Seconds over which the speed is taken."""
_SAMPLE_EVERY = 0.5
_FORECAST_FROM = 3.0
"""Seconds of samples before a time left is worth something."""
STALLED_AFTER = 8.0
"""Seconds without growth after which a download is called stalled.

Ollama repeats the same number every 60 ms while nothing arrives, so silence cannot tell.
"""


_SAFETENSORS = "sha256:model"
"""What the server calls all layers of such a model together (x/transfer)."""


class PullState(Enum):
    """What a download is doing."""

    WAITING = "waiting"
    """For its turn."""
    PAUSED = "paused"
    """By the user; the server keeps what arrived."""
    UNFINISHED = "unfinished"
    """What ran it is gone; it can be resumed."""
    STARTING = "starting"
    PULLING = "pulling"
    STALLED = "stalled"
    RETRYING = "retrying"
    """It broke off and will be asked for again."""
    VERIFYING = "verifying"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.is_over or self is PullState.FAILED

    @property
    def is_over(self) -> bool:
        """Whether it arrived or was given up, so that nothing is left to do."""
        return self in (PullState.DONE, PullState.CANCELLED)

    @property
    def is_active(self) -> bool:
        """Whether the server is asked for it, or soon again."""
        return not self.has_ended and self is not PullState.WAITING and not self.is_held

    @property
    def is_held(self) -> bool:
        """Whether nothing comes until it is resumed."""
        return self in (PullState.PAUSED, PullState.UNFINISHED)


@dataclass(frozen=True, slots=True)
class Pull:
    """A download: what has arrived, how fast, and how it ended."""

    name: str
    started: float
    """Seconds, on the clock that `advanced` is given."""
    state: PullState = PullState.STARTING
    status: str = ""
    """The server's own word for what it does."""
    completed: int = 0
    """Bytes that are here; it never falls."""
    total: int = 0
    """Bytes of the whole model where the manifest is known; else of the layers seen so far, so
    that it grows. It never falls."""
    share: float | None = None
    """The part that is here, 0 to 1; it never falls. None until the first layer is known."""
    fetched: int = 0
    """Bytes that arrived since it started, without what was here before."""
    attempt: int = 1
    """Which try this is."""
    note: str = ""
    """Why it had to be asked for again the last time; empty while that was not needed."""
    failure: str = ""
    """Why it failed, fit to be shown; empty otherwise."""
    failure_kind: type[OllamaTuiError] = OllamaTuiError
    """What kind of failure that is, for those who tell them apart."""
    ended: float | None = None
    is_growing: bool = False
    """Whether anything has arrived since it was asked for the last time."""
    was_here: bool = False
    """Whether all of it was here before, so that nothing had to arrive."""
    grew: float = 0.0
    """When the last byte arrived."""
    layers: tuple[Layer, ...] = ()
    """Those of which the server spoke, in the order of their first lines."""
    manifest: Manifest | None = None
    """What the registry says that the model is made of; None where it cannot be asked."""
    digests: tuple[str, ...] = ()
    """Of its largest layers, by which their parts on the disk are known."""
    is_found: bool = False
    """Whether the server told of the first layer, or of more: so the registry has it."""
    is_sizing: bool = False
    """Whether the registry was asked for the manifest and has not answered yet."""
    samples: tuple[tuple[float, int], ...] = ()
    """Moments with the bytes fetched until then, over the last seconds."""

    def advanced(self, progress: PullProgress, now: float) -> Pull:
        """This download after one more line of the stream."""
        if not progress.digest:
            return self._in_phase(progress.status, now)
        known = next((layer for layer in self.layers if layer.digest == progress.digest), None)
        if known is None:
            # No line says that a layer is whole: the next one's first line does. What a layer
            # has in its first line was here before, so it is no growth.
            fresh = Layer(progress.digest, 0, 0, 0).advanced(progress)
            return self._with(
                (*(layer.whole() for layer in self.layers), fresh), progress.status, 0, now
            )
        layers = tuple(
            layer.advanced(progress) if layer is known else layer for layer in self.layers
        )
        # Until the layer's size is known, what is here is not known either.
        fetched = max(0, progress.completed - known.reported) if known.total else 0
        return self._with(layers, progress.status, fetched, now)

    def sized(self, manifest: Manifest | None) -> Pull:
        """This download after the registry told what it is made of, or could not be asked."""
        digests = largest(manifest, self.layers) or self.digests
        known = replace(self, manifest=manifest, digests=digests, is_sizing=False)
        completed, total = known._amounts(self.layers)
        is_whole = self.state is PullState.VERIFYING
        return replace(known, completed=total if is_whole else completed, total=total)

    def at(self, now: float) -> Pull:
        """This download seen at a moment: stalled, if nothing has arrived for too long."""
        if self.state is PullState.PULLING and now - self.grew > STALLED_AFTER:
            return replace(self, state=PullState.STALLED, samples=())
        return self

    def no_less_than(self, before: Pull) -> Pull:
        """This download, with what was seen to be here before."""
        share = self.share if before.share is None else max(self.share or 0.0, before.share)
        total = max(self.total, before.total)
        return replace(
            self, completed=max(self.completed, before.completed), total=total, share=share
        )

    def begun(self, now: float) -> Pull:
        """This download, asked for now; what waited or was paused takes no time."""
        begins = self._anew()
        started = begins.started if begins.fetched else now
        return replace(
            begins,
            state=PullState.STARTING,
            started=started,
            grew=now,
            is_growing=False,
            samples=(),
        )

    def waiting(self) -> Pull:
        """This download, until its turn comes."""
        return replace(self._anew(), state=PullState.WAITING, samples=())

    def paused(self) -> Pull:
        """This download, until the user goes on with it; the server keeps what arrived."""
        return replace(self, state=PullState.PAUSED, attempt=1, note="", samples=())

    def broken_off(self, why: str) -> Pull:
        """This download, about to be asked for again."""
        return replace(
            self,
            state=PullState.RETRYING,
            attempt=self.attempt + 1,
            note=why,
            is_growing=False,
            samples=(),
        )

    def finished(self, now: float) -> Pull:
        """This download, arrived whole."""
        # What arrives between two lines has none of its own; what was here before has.
        seen = {layer.digest for layer in self.layers}
        sizes = dict(self.manifest.sizes if self.manifest else ())
        unseen = sum(size for digest, size in sizes.items() if digest not in seen)
        fetched = self.fetched + (unseen if _SAFETENSORS not in seen else 0)
        return replace(
            self,
            fetched=fetched,
            was_here=bool(self.layers) and not fetched,
            state=PullState.DONE,
            completed=self.total,
            share=1.0,
            is_found=True,
            ended=now,
            layers=tuple(layer.whole() for layer in self.layers),
            samples=(),
        )

    def cancelled(self, now: float) -> Pull:
        """This download, given up by the user; the server keeps what arrived."""
        return replace(self, state=PullState.CANCELLED, ended=now, samples=())

    def failed(self, failure: str, now: float, kind: type[OllamaTuiError] = OllamaTuiError) -> Pull:
        """This download, ended by a failure in words."""
        return replace(
            self,
            state=PullState.FAILED,
            failure=failure,
            failure_kind=kind,
            ended=now,
            samples=(),
        )

    @property
    def is_awaited(self) -> bool:
        """Whether it runs, or waits for its turn or its next try."""
        return self.state.is_active or self.state is PullState.WAITING

    @property
    def is_retried(self) -> bool:
        """Whether it broke off and nothing has arrived since."""
        can_tell = self.state.is_active and self.state is not PullState.VERIFYING
        return can_tell and self.attempt > 1 and not self.is_growing

    @property
    def rate(self) -> float | None:
        """Bytes a second over the last seconds; None when not enough is known."""
        if len(self.samples) < 2 or self.state is not PullState.PULLING:
            return None
        (first, before), (last, after) = self.samples[0], self.samples[-1]
        return (after - before) / (last - first) if last - first >= 1 else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until it is here; None when the speed is not yet worth a forecast."""
        if not self.rate or self.samples[-1][0] - self.samples[0][0] < _FORECAST_FROM:
            return None
        return (self.total - self.completed) / self.rate

    def _anew(self) -> Pull:
        if self.state is not PullState.UNFINISHED:
            return self
        # The server may have lost since then what was seen to arrive.
        return Pull(
            self.name,
            self.started,
            digests=self.digests,
            is_found=self.is_found,
            is_sizing=self.is_sizing,
        )

    def _in_phase(self, status: str, now: float) -> Pull:
        if not status.startswith(("verifying", "writing", "removing")):
            return replace(self, status=status)
        return replace(
            self,
            state=PullState.VERIFYING,
            status=status,
            completed=self.total,
            share=0.999 if self.total else self.share,
            grew=now,
            is_found=True,
            samples=(),
        )

    def _with(self, layers: tuple[Layer, ...], status: str, fetched: int, now: float) -> Pull:
        completed, total = self._amounts(layers)
        share = min(completed / total, 0.999) if total else None
        has_grown = bool(fetched) or completed > self.completed
        is_stalled = self.state is PullState.STALLED and not has_grown
        is_known = len(layers) == len(self.layers)
        return replace(
            self,
            state=PullState.STALLED if is_stalled else PullState.PULLING,
            status=status,
            completed=completed,
            total=total,
            share=share if self.share is None else max(self.share, share or 0.0),
            is_found=True,
            is_growing=self.is_growing or has_grown,
            fetched=self.fetched + fetched,
            grew=now if has_grown or self.state is PullState.STARTING else self.grew,
            layers=layers,
            digests=self.digests if is_known else largest(self.manifest, layers),
            samples=() if is_stalled else self._sampled(now, self.fetched + fetched),
        )

    def _amounts(self, layers: tuple[Layer, ...]) -> tuple[int, int]:
        """Bytes that are here and bytes in all."""
        here = self.manifest.completed(layers) if self.manifest else None
        if self.manifest is None or here is None:
            here = sum(layer.completed for layer in layers)
            total = max(self.total, sum(layer.total for layer in layers))
        else:
            total = max(self.total, self.manifest.size)
        return min(max(self.completed, here), total), total

    def _sampled(self, now: float, fetched: int) -> tuple[tuple[float, int], ...]:
        if self.samples and now - self.samples[-1][0] < _SAMPLE_EVERY:
            return self.samples
        recent = tuple(sample for sample in self.samples if now - sample[0] <= _RATE_WINDOW)
        return (*recent, (now, fetched))
