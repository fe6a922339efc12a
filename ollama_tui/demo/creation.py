"""Making a model from another: new texts and parameters around the same weights."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace

from ollama_tui.demo.fields import Fields
from ollama_tui.demo.manifests import Manifest, ModelConfig, composed
from ollama_tui.demo.names import Name
from ollama_tui.demo.pulls import pull
from ollama_tui.demo.server import Server
from ollama_tui.demo.store import InstalledModel
from ollama_tui.demo.wire import BARE_JSON, Lines, Refusal


def changes_of(fields: Fields) -> Fields:
    """Check what a request to create wants changed; parameters of a wrong type pass."""
    template = fields.text("template")
    if template.count("{{") > template.count("}}"):
        raise Refusal(400, "template error: template: :1: unclosed action", BARE_JSON)
    return fields


async def create(server: Server, name: Name, source: Name, changes: Fields) -> Lines:
    """Make the model, pulling the one it comes from if that is not here."""
    base = server.store.find(source)
    if base is None:
        async with aclosing(pull(server, source)) as lines:
            async for line in lines:
                yield line
        base = server.store.find(source)
    if base is None:
        return
    model = composed(base.manifest.weights, _changed(base, changes))
    for status in _layer_statuses(server, base.manifest, model):
        yield {"status": status}
    yield {"status": "writing manifest"}
    server.store.install(name, model, server.clock.now())
    yield {"status": "success"}


def _changed(base: InstalledModel, changes: Fields) -> ModelConfig:
    config = replace(base.manifest.config, parent_model=base.name.shown)
    if template := changes.text("template"):
        config = replace(config, template=template)
    if system := changes.text("system"):
        config = replace(config, system=system)
    if licences := _texts(changes.values.get("license")):
        config = replace(config, licences=licences)
    parameters: Mapping[str, object] = dict(config.parameters) | dict(changes.mapping("parameters"))
    return replace(config, parameters=tuple(parameters.items()))


def _layer_statuses(server: Server, base: Manifest, model: Manifest) -> list[str]:
    """Name the layers: those kept first, then those that the request brings."""
    layers = [layer for layer in model.layers if layer.kind != "config"]
    kept = [layer for layer in layers if layer in base.layers]
    brought = [layer for layer in layers if layer not in base.layers]
    here = server.store.blobs
    return [f"using existing layer {layer.digest}" for layer in kept] + [
        f"{'using existing' if layer.digest in here else 'creating new'} layer {layer.digest}"
        for layer in brought
    ]


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(str(text) for text in value) if isinstance(value, list) else ()
