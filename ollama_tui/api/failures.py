"""Failures of the core as HTTP errors."""

from __future__ import annotations

from fastapi import HTTPException

from ollama_tui.core.errors import (
    Closed,
    InvalidInput,
    NoSpace,
    NoSuchModel,
    NotOllama,
    OllamaTuiError,
    PullFailed,
    Refused,
    ServerFailed,
    StateUnwritable,
    TooOld,
    Unreachable,
)

NOT_RUNNING = "Ollama either not installed or not running."
NO_SUCH_MODEL = "The model you tried to download does not exist."

_STATUSES: tuple[tuple[type[OllamaTuiError], int], ...] = (
    (NotOllama, 502),
    (Unreachable, 500),
    (InvalidInput, 400),
    (NoSuchModel, 404),
    (Closed, 503),
    (Refused, 403),
    (TooOld, 502),
    (NoSpace, 507),
    (PullFailed, 502),
    (ServerFailed, 502),
    (StateUnwritable, 500),
)


def http_error(kind: type[OllamaTuiError], words: str) -> HTTPException:
    """The error to answer with: a fitting status, and words as the detail.

    Args:
        kind: what kind of failure it is.
        words: what failed and what to do, fit to be shown.
    """
    status = next((status for known, status in _STATUSES if issubclass(kind, known)), 500)
    is_away = issubclass(kind, Unreachable) and not issubclass(kind, NotOllama)
    return HTTPException(status, NOT_RUNNING if is_away else words)


def listing_error(kind: type[OllamaTuiError], words: str) -> HTTPException:
    """The error to answer with when the models cannot be listed, which is no client's fault."""
    error = http_error(kind, words)
    return HTTPException(502, words) if error.status_code in (400, 404) else error


def download_error(kind: type[OllamaTuiError], words: str) -> HTTPException:
    """The error to answer with when a download fails before its first byte."""
    if issubclass(kind, NoSuchModel):
        return HTTPException(500, NO_SUCH_MODEL)
    return http_error(kind, words)
