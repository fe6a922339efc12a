"""Layers on their way: shared by all who pull them, and moved on by looking at the clock."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from ollama_tui.demo.clock import Clock
from ollama_tui.demo.manifests import Layer
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.store import Store

DYING_SECONDS = 7.5
"""How long a server winds down a download whose connection was broken."""


@dataclass(slots=True)
class Download:
    """One layer that is arriving."""

    layer: Layer
    received: float
    """Bytes here; a fraction remains between two looks."""
    looked_at: datetime
    followers: int = 0
    """Pulls that wait for this layer; with the last one gone, the download ends."""
    is_broken: bool = False
    dies_at: datetime | None = None
    """When the winding down ends; None while it is alive."""
    has_fallen_back: bool = False

    @property
    def completed(self) -> int:
        """The bytes that are here."""
        return int(self.received)

    @property
    def is_complete(self) -> bool:
        """All bytes are here."""
        return self.completed >= self.layer.size

    def reaches(self, fault: PullFault) -> bool:
        """Tell whether the point of a fault has been reached."""
        return self.completed >= int(self.layer.size * fault.at)


class Downloads:
    """The layers that are arriving, by digest."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Keep what arrives in a store."""
        self._store = store
        self._clock = clock
        self._running: dict[str, Download] = {}
        self.fetched: Counter[str] = Counter()
        """Bytes that ever came from the registry, by digest; what came twice counts twice."""

    @property
    def running(self) -> list[Download]:
        """The downloads that somebody waits for."""
        return [download for download in self._running.values() if download.followers]

    @contextmanager
    def joined(self, layer: Layer) -> Iterator[Download]:
        """Take part in a layer's download, beginning it if nobody has."""
        download = self._running.get(layer.digest)
        if download is None or self.is_dead(download):
            saved = self._store.partials.get(layer.digest, 0)
            download = Download(layer, saved, self._clock.now())
            self._running[layer.digest] = download
        download.followers += 1
        try:
            yield download
        finally:
            self._leave(download)

    def is_dead(self, download: Download) -> bool:
        """Tell whether a download has finished winding down."""
        return download.dies_at is not None and self._clock.now() >= download.dies_at

    def move_on(self, download: Download, rate: float, fault: PullFault | None) -> None:
        """Add what has arrived since the last look."""
        now = self._clock.now()
        seconds = (now - download.looked_at).total_seconds()
        download.looked_at = now
        if download.dies_at is not None or download.is_complete:
            return
        download.is_broken = False
        size = download.layer.size
        reached = float(size) if math.isinf(rate) else download.received + rate * seconds
        if fault and fault.kind is not PullFaultKind.BACKWARDS:
            reached = max(download.received, min(reached, int(size * fault.at)))
        before, download.received = download.completed, min(reached, float(size))
        self.fetched[download.layer.digest] += download.completed - before
        if fault:
            self._spoil(download, fault)
        if download.is_complete:
            self._store.blobs.add(download.layer.digest)

    def _spoil(self, download: Download, fault: PullFault) -> None:
        has_struck = download.reaches(fault)
        download.is_broken = has_struck and fault.kind is PullFaultKind.BREAK
        if has_struck and fault.kind is PullFaultKind.BACKWARDS and not download.has_fallen_back:
            download.has_fallen_back = True
            download.received = max(0.0, download.received - fault.lost)

    def _leave(self, download: Download) -> None:
        download.followers -= 1
        digest = download.layer.digest
        if download.followers:
            return
        if download.is_complete:
            self._store.partials.pop(digest, None)
        elif download.completed:
            self._store.partials[digest] = download.completed
        if download.is_broken and download.dies_at is None:
            download.dies_at = self._clock.now() + timedelta(seconds=DYING_SECONDS)
        elif self._running.get(digest) is download and not self._is_dying(download):
            del self._running[digest]

    def _is_dying(self, download: Download) -> bool:
        return download.dies_at is not None and not self.is_dead(download)
