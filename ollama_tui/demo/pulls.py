"""Pulling a model: the lines that the server streams meanwhile."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from contextlib import aclosing

from ollama_tui.demo.clock import TICK
from ollama_tui.demo.downloads import Download
from ollama_tui.demo.manifests import Layer, Manifest
from ollama_tui.demo.names import Name
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.server import Server
from ollama_tui.demo.wire import Disconnected, Lines, Refusal


class StreamEnd(Exception):
    """The stream ends here, though the pull does not."""


async def pull(server: Server, name: Name, insecure: bool = False) -> Lines:
    """Pull a model; closing the generator lets go of the download and keeps its bytes."""
    yield {"status": "pulling manifest"}
    model = server.registry.manifest(name, insecure)
    missing = sum(layer.size for layer in model.layers if layer.digest not in server.store.blobs)
    try:
        for layer in model.layers:
            async with aclosing(_layer_lines(server, name, layer)) as lines:
                async for line in lines:
                    yield line
        async with aclosing(_finish(server, name, model, missing)) as lines:
            async for line in lines:
                yield line
    except StreamEnd:
        return


async def _layer_lines(server: Server, name: Name, layer: Layer) -> Lines:
    if layer.digest in server.store.blobs:
        yield _progress(layer, layer.size)
        return
    began = server.clock.now()
    with server.downloads.joined(layer) as download:
        while True:
            fault = server.registry.fault(name)
            await server.clock.sleep(_pause(download, server.registry.rate, fault))
            if server.downloads.is_dead(download):
                raise Refusal(500, "context canceled")
            server.downloads.move_on(download, server.registry.rate, fault)
            waited = (server.clock.now() - began).total_seconds()
            if download.is_complete and waited >= server.dialect.layer_seconds:
                return
            yield _progress(layer, download.completed)
            if fault and not download.is_complete and download.reaches(fault):
                _strike(fault, download)


async def _finish(server: Server, name: Name, model: Manifest, missing: int) -> Lines:
    replaced = server.store.find(name)
    try:
        yield {"status": "verifying sha256 digest"}
        await server.clock.sleep(missing / server.machine.verify_rate)
    except (GeneratorExit, asyncio.CancelledError):
        # A genuine server no longer notices here that the client has left.
        server.store.install(name, model, server.clock.now())
        raise
    fault = server.registry.fault(name)
    if fault and fault.at >= 1:
        if fault.spoils and model.weights:
            server.store.blobs.discard(model.weights.digest)
        _strike(fault, None)
    yield {"status": "writing manifest"}
    server.store.install(name, model, server.clock.now())
    if replaced and server.store.prune(replaced.manifest):
        yield {"status": "removing unused layers"}
    yield {"status": "success"}


def _pause(download: Download, rate: float, fault: PullFault | None) -> float:
    """Return the time to the next look: a tick, or less for a layer that is here before."""
    if fault or download.is_complete or download.dies_at is not None or not rate:
        return TICK
    if math.isinf(rate):
        return 0.0
    # Clocks count microseconds: without one more, the last byte could be waited for for ever.
    return min(TICK, (download.layer.size - download.received) / rate + 1e-6)


def _progress(layer: Layer, completed: int) -> Mapping[str, object]:
    hexadecimal = layer.digest.partition(":")[2]
    line: dict[str, object] = {"status": f"pulling {hexadecimal[:12]}", "digest": layer.digest}
    if layer.size:
        line["total"] = layer.size
    if completed:
        line["completed"] = completed
    return line


def _strike(fault: PullFault, download: Download | None) -> None:
    """End the stream in the way of the fault, if it is one that ends streams."""
    if fault.kind is PullFaultKind.ERROR:
        if fault.spoils and download:
            download.received = 0.0
        raise Refusal(500, fault.text)
    if fault.kind is PullFaultKind.TRUNCATE:
        raise StreamEnd
    if fault.kind is PullFaultKind.ABORT:
        raise Disconnected
