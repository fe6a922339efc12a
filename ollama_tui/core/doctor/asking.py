"""What the server itself answers, as evidence."""

from __future__ import annotations

from ollama_tui.core.doctor.evidence import Answer
from ollama_tui.core.errors import NotOllama, OllamaTuiError, Refused, TooOld, Unreachable
from ollama_tui.core.names import name_key
from ollama_tui.core.service import OllamaService


async def answer_of(service: OllamaService) -> Answer:
    """How the server answers."""
    version = ""
    try:
        version = await service.version()
        await service.running()
        library = await service.library()
    except TooOld as error:
        old = Answer(version, error.what, error.remedy, is_too_old=True)
        return await _something_else(service) or old
    except OllamaTuiError as error:
        return _failed(version, error)
    models = tuple(name_key(model.name) for model in library)
    return Answer(version, models=models, clock_ahead=service.clock_ahead)


async def _something_else(service: OllamaService) -> Answer | None:
    """How it answers if it has not even what each Ollama has; None if it has."""
    try:
        await service.library()
    except NotOllama as error:
        return _failed("", error)
    except OllamaTuiError:
        pass
    return None


def _failed(version: str, error: OllamaTuiError) -> Answer:
    is_name = isinstance(error, Refused) and "refuses the host name" in error.what
    is_reached = not isinstance(error, Unreachable)
    return Answer(version, error.sentence, error.remedy, is_reached, is_name)
