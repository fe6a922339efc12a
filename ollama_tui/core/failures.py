"""Every failure of the wire, turned into words that say what failed and what to do."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ollama_tui.core.answers import refuse_crowds
from ollama_tui.core.connection import CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS
from ollama_tui.core.error_words import error_words, looks_like_html
from ollama_tui.core.errors import (
    InvalidInput,
    NoSuchModel,
    NotOllama,
    OllamaTuiError,
    Refused,
    ServerFailed,
    TooOld,
    Unreachable,
    Unsettled,
)
from ollama_tui.core.text import clean

_START = "Start it with `ollama serve`, or say where it is with --host or OLLAMA_HOST."
_ODD = (
    httpx.TooManyRedirects,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.DecodingError,
)
_NO_ENGINE = re.compile(r"llama-server(?:\.exe)? binary not found")
# Of CUDA and ROCm, seen on 0.32.15 where another program held the card.
_NO_ROOM = re.compile(r"out of memory|failed to allocate \w+ buffer")
_FREE_SOME = "Take a smaller context, or free memory: `ollama-tui gpu` says who holds it."
_EVER_THERE = "/api/tags"
"""What each Ollama has: "page not found" for it is some other program's."""
_NOT_OLLAMA = "Look at the address: something else may listen there."


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise an `OllamaTuiError` in place of each failure of `httpx` and of reading an answer.

    Args:
        url: the server's address as it may be shown.
    """
    try:
        yield
    except OllamaTuiError:
        raise
    except (OSError, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
        raise connection_failure(error, url) from error
    except ImportError as error:
        # httpx speaks to SOCKS proxies with a package that need not be there.
        raise Unreachable(
            f"no connection to {url}: a SOCKS proxy of the environment cannot be used",
            "Unset ALL_PROXY, or name the server in NO_PROXY.",
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise not_ollama(url) from error


def connection_failure(error: Exception, url: str) -> OllamaTuiError:
    """What went wrong between here and the server."""
    causes = list(_causes(error))
    if (failure := _time_out(error, url) or _no_way(causes, url)) is not None:
        return failure
    if isinstance(error, _ODD):
        return not_ollama(url)
    if isinstance(error, httpx.RemoteProtocolError) and "cleanly" not in str(error):
        return _protocol_failure(error, url)
    if isinstance(error, httpx.ReadError | httpx.WriteError):
        return Unsettled(f"{_system_words(causes)} at {url}", _START)
    if isinstance(error, httpx.NetworkError | ConnectionError | OSError | httpx.ProxyError):
        return Unreachable(f"{_system_words(causes)} at {url}", _START)
    return Unreachable(f"no connection to {url}", _START)


def _time_out(error: Exception, url: str) -> OllamaTuiError | None:
    """What was waited for too long; None if that is not what went wrong."""
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return Unreachable(f"no connection to {url} within {CONNECT_SECONDS:.0f} s", _START)
    if isinstance(error, httpx.TimeoutException):
        return Unsettled(
            f"no answer from {url} within {READ_SECONDS:.0f} s",
            "The server is there but busy, or stuck.",
        )
    if type(error) is TimeoutError:
        return Unsettled(
            f"no whole answer from {url} within {WHOLE_SECONDS:.0f} s", "It answers too slowly."
        )
    return None


def _no_way(causes: list[BaseException], url: str) -> Unreachable | None:
    """What keeps a connection from being made; None if that is not what went wrong."""
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(f"host name not found: {httpx.URL(url).host}", "Look at its spelling.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unreachable(
            f"no secure connection to {url}",
            "Its certificate is not trusted, or it speaks plain http.",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(f"connection refused at {url}", _START)
    return None


def not_ollama(url: str) -> NotOllama:
    """Something answered, but not as Ollama does."""
    return NotOllama(f"what answers at {url} is not an Ollama server", _NOT_OLLAMA)


def read_object(body: bytes, url: str) -> dict[str, object]:
    """The JSON object that a server answered with.

    Raises:
        NotOllama: when it is none, or has more values than an answer can have.
    """
    try:
        refuse_crowds(body)
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise not_ollama(url) from error
    if not isinstance(found, dict):
        raise not_ollama(url)
    return found


def answer_failure(status: int, text: object, url: str, got: str = "") -> OllamaTuiError:
    """What an answer with an HTTP error means.

    Args:
        status: the HTTP status.
        text: the body, or the `error` in it.
        url: the server's address as it may be shown.
        got: the path that was asked for by GET, which names no model; empty for another call.
    """
    words = error_words(text)
    if (closed := _closed_door(status, words, url)) is not None:
        return closed
    if status == 404 and (missing := _missing(words, url, got)) is not None:
        return missing
    if looks_like_html(text) and status not in (500, 502, 503, 504):
        return not_ollama(url)
    if status in (404, 405) or looks_like_html(text):
        return ServerFailed(
            f"what answers at {url} gave HTTP {status}", "A proxy may stand in front of Ollama."
        )
    if status == 400:
        return InvalidInput(words or "the server refuses the request (400)")
    if status == 503:
        return ServerFailed("the server is busy", "Try again in a moment.")
    if _NO_ENGINE.search(words):
        return ServerFailed("the server's llama-server is missing", "See `ollama-tui doctor`.")
    if _NO_ROOM.search(words):
        return ServerFailed("a GPU is out of memory", _FREE_SOME)
    return ServerFailed(f"the server failed: {words or f'HTTP {status}'}")


def _missing(words: str, url: str, got: str) -> OllamaTuiError | None:
    """What is not there; None if the words do not tell."""
    is_page = "page not found" in words
    if is_page and got != _EVER_THERE:
        return TooOld(f"the server at {url} does not have this call", "Update Ollama there.")
    if is_page or re.search(r"not found|no such|does not exist", words):
        return not_ollama(url) if got else NoSuchModel(words)
    return None


def _closed_door(status: int, words: str, url: str) -> Refused | None:
    """Why nobody is let in; None if that is not what the status says."""
    if status == 401:
        return Refused(
            f"{url} asks for a key", "Set OLLAMA_API_KEY, or sign in with `ollama signin`."
        )
    if status != 403:
        return None
    if words:
        return Refused(words)
    return Refused(
        f"{url} refuses the host name (403)",
        "Use its address in place of its name, or set OLLAMA_HOST=0.0.0.0 there.",
    )


def _protocol_failure(error: httpx.RemoteProtocolError, url: str) -> OllamaTuiError:
    words = str(error)
    if "peer closed" in words or "incomplete" in words:
        return Unsettled(f"the connection to {url} was cut in the middle of an answer", "")
    if "disconnected without" in words:
        return Unsettled(f"{url} closed the connection without an answer", "")
    return not_ollama(url)


def _system_words(causes: list[BaseException]) -> str:
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.strerror:
            return clean(cause.strerror).lower()
    return "the connection was cut"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or cause in seen:
            continue
        seen.append(cause)
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
