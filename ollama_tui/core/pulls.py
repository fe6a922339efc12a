"""A download as a value that advances with each line of Ollama's pull stream."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.layers import MOST, Layer, Manifest, PullProgress, largest, unnamed_bytes
from ollama_tui.core.pace import Samples, can_forecast, rate_of, sampled
from ollama_tui.core.pull_state import PullState

__all__ = ["STALLED_AFTER", "Pull", "PullState"]

STALLED_AFTER = 8.0
"""Seconds without growth after which a download is called stalled.

Ollama repeats the same number every 60 ms while nothing arrives, so silence cannot tell.
"""


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
    """Bytes that arrived since it was asked for, also before what ran it was ended and it was
    resumed, but without what was here before."""
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
    samples: Samples = ()
    """By which its speed is known."""

    def advanced(self, progress: PullProgress, now: float) -> Pull:
        """This download after one more line of the stream."""
        if not progress.digest:
            return self._in_phase(progress.status, now)
        known = next((layer for layer in self.layers if layer.digest == progress.digest), None)
        if known is None:
            if len(self.layers) >= MOST:
                return self
            # No line says that a layer is whole: the next one's first line does. What a layer
            # has in its first line was here before, so it is no growth.
            fresh = Layer(progress.digest, 0, 0, 0).advanced(progress)
            passed = (layer.whole() for layer in self.layers)
            return self._with((*passed, fresh), progress.status, 0, now)
        layers = tuple(one.advanced(progress) if one is known else one for one in self.layers)
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
        fetched = self.fetched + unnamed_bytes(self.manifest, self.layers)
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
        return rate_of(self.samples) if self.state is PullState.PULLING else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until it is here; None when the speed is not yet worth a forecast."""
        if not self.rate or not can_forecast(self.samples):
            return None
        return (self.total - self.completed) / self.rate

    def _anew(self) -> Pull:
        if self.state is not PullState.UNFINISHED:
            return self
        # The server may have lost since then what was seen to arrive.
        return Pull(
            self.name, self.started, fetched=self.fetched, grew=self.grew, digests=self.digests,
            is_found=self.is_found, is_sizing=self.is_sizing,
        )  # fmt: skip

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
        # Of what is here already the server tells one layer after the other: it goes on, too.
        goes_on = has_grown or status != self.status
        is_stalled = self.state is PullState.STALLED and not goes_on
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
            grew=now if goes_on or self.state is PullState.STARTING else self.grew,
            layers=layers,
            digests=self.digests if is_known else largest(self.manifest, layers),
            samples=() if is_stalled else sampled(self.samples, now, self.fetched + fetched),
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
