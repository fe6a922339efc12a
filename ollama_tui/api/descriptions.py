"""What the OpenAPI page says of the answers beyond what the types tell."""

from __future__ import annotations

from typing import Any

from ollama_tui.api.bodies import Failure
from ollama_tui.api.failures import NO_SUCH_MODEL, NOT_RUNNING

_Responses = dict[int | str, dict[str, Any]]

_EVENTS = """\
data: {"completed": 100, "total": 1000}

data: {"completed": 1000, "total": 1000}

event: done
data: {"completed": 1000, "total": 1000}
"""


def _failure(description: str, *details: str) -> dict[str, Any]:
    examples = {detail: {"value": {"detail": detail}} for detail in details}
    return {
        "model": Failure,
        "description": description,
        "content": {"application/json": {"examples": examples}},
    }


_AWAY = _failure("Ollama does not answer.", NOT_RUNNING)
_STRANGE = _failure(
    "What answers is not an Ollama server, or it failed.",
    "What answers at http://127.0.0.1:11434 is not an Ollama server. "
    "Look at the address: something else may listen there.",
)
_REFUSED = _failure(
    "The server refuses it.", "The registry refuses access.", "http://box:11434 asks for a key."
)

EVERY: _Responses = {
    401: _failure("The token is missing or wrong.", "Send the token: Authorization: Bearer …"),
    403: _failure("The request comes from where none is answered, or the server refuses it."),
}
"""What the guard answers, whatever is asked."""

LIST: _Responses = {403: _REFUSED, 500: _AWAY, 502: _STRANGE}
"""The failures of the list."""

CHANGE: _Responses = {
    403: _REFUSED,
    404: _failure(
        "It is not installed.",
        "No model llama2:7b is installed. `ollama-tui ls` lists what is.",
    ),
    500: _AWAY,
    502: _STRANGE,
}
"""The failures of a choice."""

DOWNLOAD: _Responses = {
    200: {
        "description": "Server-Sent Events: at most ten a second, `event: done` at the end, or "
        "`event: error` with a `detail`; a comment when nothing happens for long. `completed` is "
        "the bytes of the whole model that are here and never falls; `total` is the whole by the "
        "registry's manifest, or, where that cannot be read, the layers seen so far, so that it "
        "may grow. They are called `text/event-stream` for a client whose `Accept` asks for it.",
        "content": {
            media_type: {"schema": {"type": "string"}, "example": _EVENTS}
            for media_type in ("application/json", "text/event-stream")
        },
    },
    400: _failure("No model can have that name.", "'a b' cannot be a model name: …"),
    403: _REFUSED,
    409: _failure("Somebody cancelled it.", "The download was cancelled."),
    500: _failure("Ollama does not answer, or there is no such model.", NOT_RUNNING, NO_SUCH_MODEL),
    502: _failure(
        "The registry cannot be reached, or failed.",
        "The server cannot reach the registry. Look at its network, or set HTTPS_PROXY for the "
        "server.",
    ),
    503: _failure("The program ends.", "No download can begin: the program ends."),
    507: _failure(
        "The server has no space for it.",
        "The server's disk is full. Free some space and pull again; what arrived is kept.",
    ),
}
"""The pieces and the failures of a download."""
