"""Requests about the models on disk."""

from __future__ import annotations

import re

from ollama_tui.demo import creation, descriptions
from ollama_tui.demo.fields import fields_of
from ollama_tui.demo.names import InvalidName, Name, parse_name
from ollama_tui.demo.pulls import pull
from ollama_tui.demo.server import Server
from ollama_tui.demo.store import InstalledModel
from ollama_tui.demo.wire import (
    BARE_JSON,
    Answer,
    Refusal,
    Request,
    json_answer,
    last_of,
    stream_answer,
)

_DIGEST = re.compile(r"sha256[:-][0-9a-fA-F]{64}")


async def tags(server: Server, _: Request) -> Answer:
    """List the models, the newest first by the whole second."""
    models = server.store.models
    server.chance.shuffle(models)
    models.sort(key=lambda model: int(model.modified_at.timestamp()), reverse=True)
    entries = [descriptions.listed(model, server.dialect) for model in models]
    return json_answer({"models": entries})


async def show(server: Server, request: Request) -> Answer:
    """Describe one model."""
    fields = fields_of(request, "ShowRequest")
    text = fields.text("model", "name")
    if not text:
        raise Refusal(400, "model is required")
    model = _found(server, text)
    if model is None:
        named = server.name(text).shown if server.dialect.shows_whole_names else text
        raise Refusal(404, f"model '{named}' not found")
    parameters = descriptions.parameter_lines(model.manifest.config)
    server.chance.shuffle(parameters)
    lines = [line for one in parameters for line in one]
    verbose = fields.flag("verbose", False)
    return json_answer(descriptions.shown(model, server.dialect, lines, verbose))


async def delete(server: Server, request: Request) -> Answer:
    """Remove a model."""
    text = fields_of(request, "DeleteRequest").text("model", "name")
    if not text:
        raise Refusal(400, "model is required")
    try:
        model = server.find(text)
    except InvalidName as error:
        raise Refusal(400, f'name "{text}" is invalid') from error
    if model is None:
        raise Refusal(404, f"model '{text}' not found")
    server.store.remove(model.name)
    return Answer(200)


async def copy(server: Server, request: Request) -> Answer:
    """Give a model a second name."""
    fields = fields_of(request, "CopyRequest")
    source = _copied_name(fields.text("source"), "source")
    destination = _copied_name(fields.text("destination"), "destination")
    model = server.store.find(source)
    if model is None:
        raise Refusal(404, f'model "{fields.text("source")}" not found')
    if source.key != destination.key:
        server.store.install(destination, model.manifest, server.clock.now())
    return Answer(200)


async def pull_model(server: Server, request: Request) -> Answer:
    """Pull a model, telling how far it is."""
    fields = fields_of(request, "PullRequest")
    try:
        name = server.name(fields.text("model", "name"))
    except InvalidName as error:
        raise Refusal(400, "invalid model name") from error
    lines = pull(server, name, fields.flag("insecure", False))
    return stream_answer(lines) if fields.flag("stream", True) else await last_of(lines)


async def create(server: Server, request: Request) -> Answer:
    """Make a model from another one."""
    fields = fields_of(request, "CreateRequest")
    try:
        name = parse_name(fields.text("model", "name"))
        source = parse_name(fields.text("from")) if fields.text("from") else None
    except InvalidName as error:
        raise Refusal(400, "invalid model name", BARE_JSON) from error
    if source is None:
        raise Refusal(400, "neither 'from' or 'files' was specified", BARE_JSON)
    changes = creation.changes_of(fields)
    lines = creation.create(server, name, source, changes)
    return stream_answer(lines) if fields.flag("stream", True) else await last_of(lines)


async def blob(server: Server, request: Request) -> Answer:
    """Tell whether a layer is here."""
    digest = request.path.rpartition("/")[2]
    if not _DIGEST.fullmatch(digest):
        raise Refusal(400, "invalid digest format")
    digest = digest.replace("-", ":").lower()
    if digest not in server.store.blobs:
        raise Refusal(404, f'blob "{digest}" not found')
    return Answer(200)


def _found(server: Server, text: str) -> InstalledModel | None:
    try:
        return server.find(text)
    except InvalidName as error:
        words = str(error) if str(error).startswith("use either") else "invalid model name"
        raise Refusal(400, words) from error


def _copied_name(text: str, field: str) -> Name:
    try:
        return parse_name(text)
    except InvalidName as error:
        raise Refusal(400, f'{field} "{text}" is invalid') from error
