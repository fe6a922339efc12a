"""Requests about the models in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ollama_tui.demo import descriptions
from ollama_tui.demo.clock import keep_alive_seconds, utc_rfc3339
from ollama_tui.demo.fields import Fields, fields_of
from ollama_tui.demo.names import InvalidName
from ollama_tui.demo.server import Server
from ollama_tui.demo.store import InstalledModel
from ollama_tui.demo.wire import Answer, Lines, Refusal, Request, json_answer, stream_answer

_WORDS = ("This ", "is ", "the ", "demo.")


async def ps(server: Server, _: Request) -> Answer:
    """List the models in memory, the one that stays longest first."""
    loaded = server.runners.loaded
    server.chance.shuffle(loaded)
    loaded.sort(key=lambda runner: int(runner.expires_at.timestamp()), reverse=True)
    return json_answer({"models": [descriptions.running(one, server.dialect) for one in loaded]})


async def generate(server: Server, request: Request) -> Answer:
    """Load or unload a model, or complete a prompt."""
    return await _answer(server, fields_of(request, "GenerateRequest"), "prompt")


async def chat(server: Server, request: Request) -> Answer:
    """Load or unload a model, or answer in a conversation."""
    return await _answer(server, fields_of(request, "ChatRequest"), "messages")


async def embed(server: Server, request: Request) -> Answer:
    """Load a model and embed texts; an empty input only loads."""
    fields = fields_of(request, "EmbedRequest")
    text, model = _model(server, fields)
    await _load(server, model, fields, _keep_alive(fields))
    given = fields.values.get("input")
    texts = given if isinstance(given, list) else [given] if given else []
    length = model.manifest.config.embedding_length
    vector = [round(1 / math.sqrt(length or 1), 6)] * length
    return json_answer({"model": text, "embeddings": [vector for _ in texts]})


async def _answer(server: Server, fields: Fields, asked: str) -> Answer:
    text, model = _model(server, fields)
    keep_alive = _keep_alive(fields)
    is_chat = asked == "messages"
    if not fields.values.get(asked):
        if keep_alive == 0:
            server.runners.unload(model)
            return json_answer(_last_line(server, text, is_chat, "unload"))
        _check_capability(model, text, is_chat)
        await _load(server, model, fields, keep_alive)
        return json_answer(_last_line(server, text, is_chat, "load"))
    _check_capability(model, text, is_chat)
    await _load(server, model, fields, keep_alive)
    if fields.flag("stream", True):
        return stream_answer(_spoken(server, text, is_chat))
    words = _line(server, text, is_chat, "".join(_WORDS))
    return json_answer(words | {"done": True, "done_reason": "stop"} | _counts(is_chat))


async def _spoken(server: Server, text: str, is_chat: bool) -> Lines:
    for word in _WORDS:
        await server.clock.sleep(0.05)
        yield _line(server, text, is_chat, word) | {"done": False}
    yield _last_line(server, text, is_chat, "stop") | _counts(is_chat)


def _counts(is_chat: bool) -> dict[str, object]:
    counts: dict[str, object] = {
        "total_duration": 210_000_000,
        "load_duration": 1_500_000,
        "prompt_eval_count": 5,
        "prompt_eval_duration": 9_000_000,
        "eval_count": len(_WORDS),
        "eval_duration": 199_000_000,
    }
    return counts if is_chat else {"context": [1, 2, 3]} | counts


def _line(server: Server, text: str, is_chat: bool, words: str) -> dict[str, object]:
    said: dict[str, object] = (
        {"message": {"role": "assistant", "content": words}} if is_chat else {"response": words}
    )
    return {"model": text, "created_at": utc_rfc3339(server.clock.now())} | said


def _last_line(server: Server, text: str, is_chat: bool, reason: str) -> dict[str, object]:
    return _line(server, text, is_chat, "") | {"done": True, "done_reason": reason}


def _model(server: Server, fields: Fields) -> tuple[str, InstalledModel]:
    text = fields.text("model")
    _keep_alive(fields)
    try:
        model = server.find(text) if text else None
    except InvalidName as error:
        raise Refusal(400, "invalid model name") from error
    if model is None:
        raise Refusal(404, f"model '{text}' not found")
    if model.manifest.config.is_remote:
        raise Unauthorized()
    return text, model


def _check_capability(model: InstalledModel, text: str, is_chat: bool) -> None:
    if "completion" not in model.manifest.config.capabilities:
        raise Refusal(400, f'"{text}" does not support {"chat" if is_chat else "generate"}')


def _keep_alive(fields: Fields) -> float | None:
    try:
        return keep_alive_seconds(fields.values.get("keep_alive"))
    except ValueError as error:
        raise Refusal(400, str(error)) from error


async def _load(
    server: Server, model: InstalledModel, fields: Fields, keep_alive: float | None
) -> None:
    await server.runners.load(model, _context(server, model, fields.mapping("options")), keep_alive)


def _context(server: Server, model: InstalledModel, options: Mapping[str, object]) -> int:
    """Return the context to load with: asked for, or the model's own, or the server's."""
    config = model.manifest.config
    wanted = options.get("num_ctx") or dict(config.parameters).get("num_ctx")
    asked = wanted if isinstance(wanted, int) else server.machine.context_length
    return min(asked, config.context_length or asked)


class Unauthorized(Refusal):
    """The server's own account at ollama.com is wanted, and it has none."""

    def __init__(self) -> None:
        """Say it in the server's word."""
        super().__init__(401, "unauthorized")

    def answer(self) -> Answer:
        """Return the refusal with the address to sign in at."""
        url = "https://ollama.com/connect?name=gpu-box-3&key=c3NoLWVkMjU1MTk"
        return json_answer({"error": self.text, "signin_url": url}, self.status)
