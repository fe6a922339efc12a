"""Failures of the wire, turned into words."""

from __future__ import annotations

import socket

import httpx
import pytest

from ollama_tui.core.error_words import error_words
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
from ollama_tui.core.failures import answer_failure, read_object, translated

_URL = "http://box:11434"


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


class TestAnswersWithAnError:
    @pytest.mark.parametrize(
        ("status", "text", "kind", "words"),
        [
            (400, '{"error":"invalid model name"}', InvalidInput, "Invalid model name."),
            (400, "", InvalidInput, "The server refuses the request (400)."),
            (401, '{"error":"unauthorized","signin_url":"https://x"}', Refused, "OLLAMA_API_KEY"),
            (403, "", Refused, "refuses the host name (403). Use its address"),
            (403, '{"error":"ollama cloud is disabled"}', Refused, "Ollama cloud is disabled."),
            (404, "404 page not found", TooOld, "does not have this call. Update Ollama there."),
            (404, """{"error":"model 'x' not found"}""", NoSuchModel, "Model 'x' not found."),
            (404, '{"error":"model \\"x\\" not found"}', NoSuchModel, 'Model "x" not found.'),
            (404, "<html>nginx</html>", NotOllama, "is not an Ollama server"),
            (404, "", ServerFailed, "gave HTTP 404"),
            (405, "405 method not allowed", ServerFailed, "gave HTTP 405"),
            (500, '{"error":"llama runner\\nexited"}', ServerFailed, "failed: llama runner exited"),
            (500, "", ServerFailed, "failed: HTTP 500"),
            (502, "<html>Bad gateway</html>", ServerFailed, "gave HTTP 502. A proxy may stand"),
            (503, '{"error":"server busy"}', ServerFailed, "is busy. Try again in a moment."),
            (418, "short and stout", ServerFailed, "failed: short and stout"),
        ],
    )
    def test_each_status_has_words_of_its_own(
        self, status: int, text: str, kind: type[OllamaTuiError], words: str
    ) -> None:
        failure = answer_failure(status, text, _URL)

        assert type(failure) is kind
        assert words in str(failure)

    @pytest.mark.parametrize(
        ("got", "text", "kind"),
        [
            ("/api/tags", "404 page not found", NotOllama),
            ("/api/tags", "not found", NotOllama),
            ("/api/version", '{"error":"not found"}', NotOllama),
            ("/api/ps", "404 page not found", TooOld),
            ("/api/version", "404 page not found", TooOld),
        ],
    )
    def test_a_question_that_names_no_model_is_never_answered_by_no_such_model(
        self, got: str, text: str, kind: type[OllamaTuiError]
    ) -> None:
        assert type(answer_failure(404, text, _URL, got)) is kind

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 500, 502, 503])
    @pytest.mark.parametrize(
        "text",
        ["\x1b]52;c;x\x07\u202e" + "x" * 9999, b"\xff\xfe", None, 7, {"message": "\x00"}, []],
    )
    def test_whatever_the_body_is_the_words_are_short_and_safe(
        self, status: int, text: object
    ) -> None:
        shown = str(answer_failure(status, text, _URL))

        assert shown.isprintable()
        assert 0 < len(shown) < 350


class TestWordsOfAnError:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('{"error": "a"}', "a"),
            (b'{"error": "a"}', "a"),
            ('{"error": {"message": "a"}}', "a"),
            ({"message": "a"}, "a"),
            ({}, ""),
            ('{"error"', '{"error"'),
            ("a\n\n  b", "a b"),
            ("<!doctype html>", ""),
            (None, ""),
            (123, ""),
            ("see https://cdn.x/y?sig=1&k=2 now", "see https://cdn.x/y?… now"),
        ],
    )
    def test_they_are_found_in_every_form(self, text: object, words: str) -> None:
        assert error_words(text) == words


class TestConnectionsThatFail:
    @pytest.mark.parametrize(
        ("error", "kind", "words"),
        [
            (
                httpx.ConnectTimeout(""),
                Unreachable,
                "No connection to http://box:11434 within 3 s.",
            ),
            (httpx.PoolTimeout(""), Unreachable, "within 3 s"),
            (httpx.ReadTimeout(""), Unsettled, "No answer from http://box:11434 within 10 s."),
            (httpx.WriteTimeout(""), Unsettled, "busy, or stuck"),
            (
                caused_by(
                    httpx.ConnectError(""), ConnectionRefusedError(111, "Connection refused")
                ),
                Unreachable,
                "Connection refused at http://box:11434. Start it with `ollama serve`",
            ),
            (
                caused_by(httpx.ConnectError(""), socket.gaierror(-2, "Name or service not known")),
                Unreachable,
                "Host name not found: box. Look at its spelling.",
            ),
            (
                caused_by(
                    httpx.ConnectError(""),
                    ExceptionGroup("", [OSError(101, "x"), ConnectionRefusedError(111, "y")]),
                ),
                Unreachable,
                "Connection refused",
            ),
            (
                caused_by(httpx.ConnectError(""), OSError(113, "No route to host")),
                Unreachable,
                "No route to host at",
            ),
            (
                httpx.RemoteProtocolError("illegal status line"),
                NotOllama,
                "is not an Ollama server",
            ),
            (httpx.UnsupportedProtocol(""), NotOllama, "is not an Ollama server"),
            (httpx.TooManyRedirects(""), NotOllama, "is not an Ollama server"),
            (httpx.InvalidURL(""), NotOllama, "is not an Ollama server"),
            (ValueError("x"), NotOllama, "is not an Ollama server"),
            (TypeError("x"), NotOllama, "is not an Ollama server"),
            (KeyError("x"), NotOllama, "is not an Ollama server"),
            (RecursionError("x"), NotOllama, "is not an Ollama server"),
            (ImportError("socksio"), Unreachable, "SOCKS proxy"),
            (ConnectionResetError(104, "Connection reset by peer"), Unreachable, "reset by peer"),
            (Refused("no"), Refused, "No."),
        ],
    )
    def test_each_has_words_of_its_own(
        self, error: Exception, kind: type[OllamaTuiError], words: str
    ) -> None:
        with pytest.raises(OllamaTuiError) as failure, translated(_URL):
            raise error

        assert type(failure.value) is kind
        assert words in str(failure.value)

    def test_a_fault_of_the_programs_own_stays_what_it_is(self) -> None:
        with pytest.raises(ZeroDivisionError), translated(_URL):
            raise ZeroDivisionError


class TestReadingAnObject:
    def test_an_object_is_read(self) -> None:
        assert read_object(b'{"a": 1}', _URL) == {"a": 1}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"7",
            b"null",
            b'"x"',
            b"{",
            b"<html>",
            pytest.param(b"[" * 100_000, id="deep"),
            b"\xff\xfe{",
        ],
    )
    def test_anything_else_is_not_ollamas(self, body: bytes) -> None:
        with pytest.raises(NotOllama):
            read_object(body, _URL)
