"""What the errors in a pull stream mean, in plain words."""

from __future__ import annotations

import pytest

from ollama_tui.core.errors import (
    Interrupted,
    InvalidInput,
    NeedsNewerOllama,
    NoSpace,
    NoSuchModel,
    OllamaTuiError,
    PullFailed,
    Refused,
    RegistryBusy,
)
from ollama_tui.core.pull_failures import is_broken_off, pull_failure

_REGISTRY = "https://registry.ollama.ai/v2/library/qwen3"
_MANIFEST = f'pull model manifest: Get "{_REGISTRY}/manifests/8b"'

ROWS = [
    ("pull model manifest: file does not exist", NoSuchModel, "no such model or tag"),
    ("pull model manifest: 404: page not found", NoSuchModel, "no such model or tag"),
    (
        "pull model manifest: 412: \n\nThe model you are attempting to pull requires a newer "
        "version of Ollama.\n\nPlease download the latest version at:\n\n\thttps://ollama.com\n\n",
        NeedsNewerOllama,
        "needs a newer Ollama",
    ),
    (
        f"{_MANIFEST}: dial tcp: lookup registry.ollama.ai: no such host",
        Interrupted,
        "cannot reach",
    ),
    (f"{_MANIFEST}: dial tcp 1.2.3.4:443: i/o timeout", Interrupted, "cannot reach"),
    (
        f"{_MANIFEST}: dial tcp 1.2.3.4:443: connect: connection refused",
        Interrupted,
        "cannot reach",
    ),
    (f"{_MANIFEST}: EOF", Interrupted, "cannot reach"),
    (
        'pull model manifest: Get "https://registry.ollama.ai/v2/mlx-community/m/manifests/1b": '
        "dial tcp: lookup registry.ollama.ai: no such host",
        Interrupted,
        "cannot reach",
    ),
    (
        'pull model manifest: 401: {"error":"Invalid username or password."}',
        Refused,
        "refuses access",
    ),
    ("pull model manifest: 403: ", Refused, "refuses access"),
    ("pull model manifest: unauthorized: access denied", Refused, "refuses access"),
    ("pull model manifest: 429: We had to rate limit you", RegistryBusy, "asks to wait"),
    ("pull model manifest: 502: <html>Bad gateway</html>", RegistryBusy, "fault of its own"),
    (
        'pull model manifest: realm host "huggingface.co" does not match original host "hf.co"',
        PullFailed,
        "Write huggingface.co/",
    ),
    (
        "write /usr/share/ollama/.ollama/models/blobs/sha256-ab-partial: no space left on device",
        NoSpace,
        "disk is full",
    ),
    (
        'max retries exceeded: Get "https://cdn.example/x?X-Amz-Signature=s3cr3t": unexpected EOF',
        Interrupted,
        "broke off again and again",
    ),
    (
        "digest mismatch, file must be downloaded again: want sha256:a, got sha256:b",
        PullFailed,
        "damaged",
    ),
    (
        "open /root/.ollama/models/manifests/x: permission denied",
        PullFailed,
        "may not write to its model folder",
    ),
    (
        "mkdir /models: permission denied: ensure path elements are traversable",
        PullFailed,
        "may not write to its model folder",
    ),
    (
        f"{_MANIFEST}: http: server gave HTTP response to HTTPS client",
        PullFailed,
        "speaks plain HTTP",
    ),
    ("insecure protocol http", PullFailed, "--insecure"),
    (
        "this model requires MLX support, but the MLX runtime is not available",
        PullFailed,
        "needs Ollama's MLX engine",
    ),
    ("EOF", Interrupted, "partial files are damaged"),
    ("unexpected end of JSON input", Interrupted, "partial files are damaged"),
    ("invalid model name", InvalidInput, "refuses that name"),
    ("context canceled", Interrupted, "broken off"),
]


class TestEveryKnownError:
    @pytest.mark.parametrize(("text", "kind", "words"), ROWS)
    def test_is_told_in_words_of_its_own(
        self, text: str, kind: type[OllamaTuiError], words: str
    ) -> None:
        failure = pull_failure(text)

        assert type(failure) is kind
        assert words in str(failure)

    @pytest.mark.parametrize(("text", "kind", "words"), ROWS)
    def test_is_one_short_line_without_the_servers_paths_and_keys(
        self, text: str, kind: type[OllamaTuiError], words: str
    ) -> None:
        shown = str(pull_failure(text))

        assert shown.isprintable()
        assert len(shown) < 200
        assert "/.ollama" not in shown
        assert "s3cr3t" not in shown


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("qwen3:9b", "on ollama.com/library"),
        ("hf.co/acme/tiny", "on huggingface.co"),
        ("box:5000/acme/tiny", "in the catalogue of box:5000 (/v2/_catalog)"),
    ],
)
def test_a_name_that_is_not_there_is_looked_for_at_its_own_registry(name: str, place: str) -> None:
    failure = pull_failure("pull model manifest: file does not exist", name)

    assert failure.remedy == f"Look for its name {place}."


class TestOtherErrors:
    def test_keep_the_servers_words(self) -> None:
        shown = str(pull_failure("the dog ate it"))

        assert shown == "The server says: the dog ate it."

    def test_are_put_on_one_short_line(self) -> None:
        shown = str(pull_failure("it\x1b[2J\nbroke\t" + "x" * 1000))

        assert shown.isprintable()
        assert "it[2J broke xxx" in shown
        assert len(shown) < 300

    def test_lose_the_signature_of_an_address(self) -> None:
        shown = str(pull_failure('Get "https://cdn.example/blob?sig=s3cr3t&x=1": odd'))

        assert "https://cdn.example/blob?…" in shown

    @pytest.mark.parametrize("error", [None, "", {}, [], 7, "<html>"])
    def test_without_a_word_say_that_there_was_none(self, error: object) -> None:
        assert str(pull_failure(error)) == "The server gave up without a word."

    def test_may_be_an_object_as_proxies_send_it(self) -> None:
        assert "disk is full" in str(pull_failure({"message": "no space left on device"}))


class TestADyingDownload:
    @pytest.mark.parametrize("text", ["context canceled", 'Get "https://x": context canceled'])
    def test_is_known_by_its_word(self, text: str) -> None:
        assert is_broken_off(text)

    @pytest.mark.parametrize("text", ["EOF", "", None, 7])
    def test_is_nothing_else(self, text: object) -> None:
        assert not is_broken_off(text)
