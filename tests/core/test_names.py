"""Names of models: how people write and paste them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.names import each_once, name_key, parse_name, same_model, understand

_LETTERS = st.text("aZ09._-:/ ", max_size=30)


class TestReadingAName:
    def test_a_name_without_a_tag_means_latest(self) -> None:
        assert str(parse_name("llama3")) == "llama3:latest"

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("gemma3:4b", "gemma3:4b"),
            ("user/m", "user/m:latest"),
            ("library/m:t", "m:t"),
            ("registry.ollama.ai/library/x", "x:latest"),
            ("REGISTRY.ollama.ai/Library/x", "x:latest"),
            ("registry.ollama.ai/user/x:7b", "user/x:7b"),
            ("https://registry.ollama.ai/library/x", "x:latest"),
            ("hf.co/u/r:Q4_K_M", "hf.co/u/r:Q4_K_M"),
            ("host:5000/ns/m:t", "host:5000/ns/m:t"),
            ("host:5000/library/m", "host:5000/library/m:latest"),
            ("  spaced:1b\n", "spaced:1b"),
            ("_m:_t", "_m:_t"),
            ("a.b-c_d:1.5b", "a.b-c_d:1.5b"),
        ],
    )
    def test_the_shortest_spelling_is_shown(self, text: str, shown: str) -> None:
        assert str(parse_name(text)) == shown

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   ",
            "llama3:",
            ":latest",
            "/m",
            "m/",
            "a//b",
            "a.b/c",
            "m:.x",
            "-m",
            ".m",
            "ü",
            "a b",
            "a/b/c/d",
            "localhost:5000/m",
            "m@sha256:abc",
            "[/b]",
            "千问",
            "m\x1b[2J",
            "m\x00",
            "m\n:t",
            "a" * 81,
            "a" * 300,
            "m:" + "t" * 81,
        ],
    )
    def test_what_the_server_would_refuse_is_refused_in_words(self, text: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            parse_name(text)

        assert "name" in str(refusal.value)
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) < 220

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "A model name is missing"),
            ("a b", "it has a blank in it"),
            ("llama3:", "a part of it is empty"),
            ("a/b/c/d", "it has too many parts"),
            ("千问", "千 cannot be in it"),
            ("m\x1b", "a control character cannot be in it"),
            ("a" * 81, "longer than 80 letters"),
            ("-m", "cannot be -m"),
        ],
    )
    def test_the_refusal_says_why(self, text: str, reason: str) -> None:
        with pytest.raises(InvalidInput, match=reason):
            parse_name(text)

    def test_a_part_may_be_80_letters_long(self) -> None:
        assert parse_name("a" * 80).model == "a" * 80

    @given(_LETTERS)
    def test_what_is_shown_reads_back_as_the_same_name(self, text: str) -> None:
        with suppress(InvalidInput):
            name = parse_name(text)

            assert str(parse_name(str(name))) == str(name)
            assert parse_name(str(name)).key == name.key

    @given(st.text())
    def test_any_text_is_a_name_or_refused(self, text: str) -> None:
        with suppress(InvalidInput):
            assert parse_name(text).model


class TestTellingNamesApart:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("gemma3", "gemma3:latest"),
            ("LLAMA3", "llama3"),
            ("hf.co/U/R:q4_k_m", "hf.co/u/r:Q4_K_M"),
            ("library/x", "registry.ollama.ai/library/x:latest"),
            (" a b ", "A B"),
        ],
    )
    def test_two_spellings_are_one_model(self, one: str, other: str) -> None:
        assert same_model(one, other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("gemma3", "gemma3:4b"), ("u/m", "m"), ("hf.co/u/r", "huggingface.co/u/r")],
    )
    def test_others_are_not(self, one: str, other: str) -> None:
        assert not same_model(one, other)

    def test_a_name_that_cannot_be_has_a_key_of_its_own(self) -> None:
        assert name_key(" Not A Name ") == "not a name"

    def test_each_is_kept_once_as_it_was_spelled_first(self) -> None:
        assert each_once(["b", "A:latest", "a", "B"]) == ["b", "A:latest"]


class TestRegistriesOnThisMachine:
    @pytest.mark.parametrize(
        "text", ["localhost:5000/ns/m", "LOCALHOST/ns/m", "127.0.0.1:5000/ns/m", "127.9.9.9/ns/m"]
    )
    def test_a_loopback_registry_is_known_as_one(self, text: str) -> None:
        assert parse_name(text).is_from_loopback

    @pytest.mark.parametrize(
        "text", ["m", "hf.co/u/r", "10.0.0.1:5000/ns/m", "127.evil.example/ns/m", "localhost.x/n/m"]
    )
    def test_no_other_one_passes_for_it(self, text: str) -> None:
        assert not parse_name(text).is_from_loopback


class TestPasting:
    @pytest.mark.parametrize(
        "text",
        [
            "ollama run gemma3:4b",
            "ollama pull gemma3:4b",
            "$ ollama pull gemma3:4b",
            "  ollama  run   gemma3:4b  ",
            "OLLAMA RUN gemma3:4b",
            "ollama run gemma3:4b --verbose",
            "ollama run --verbose gemma3:4b",
            "ollama run --think=false gemma3:4b",
            "ollama run --keepalive 5m gemma3:4b",
            "ollama run --format json gemma3:4b",
            "ollama pull --insecure gemma3:4b",
            'ollama run "gemma3:4b"',
            'ollama run gemma3:4b "why is the sky blue?"',
            "ollama run gemma3:4b\n",
            '"gemma3:4b"',
            "'gemma3:4b'",
            "https://ollama.com/library/gemma3:4b",
            "http://www.ollama.com/library/gemma3:4b/",
            "ollama.com/library/gemma3:4b",
            "https://ollama.com/library/gemma3:4b/blobs/aeda25e63ebd",
            "https://ollama.com/library/gemma3:4b?sort=newest#readme",
            "ollama run https://ollama.com/library/gemma3:4b",
        ],
    )
    def test_the_name_is_taken_out_of_what_was_pasted(self, text: str) -> None:
        assert understand(text) == "gemma3:4b"

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("https://ollama.com/library/gemma3/tags", "gemma3"),
            ("https://ollama.com/user/model:7b", "user/model:7b"),
            ("https://huggingface.co/u/r", "huggingface.co/u/r"),
            ("https://www.huggingface.co/u/R-GGUF/", "huggingface.co/u/R-GGUF"),
            ("https://hf.co/u/r?library=ollama", "hf.co/u/r"),
            ("hf.co/u/r:Q4_K_M", "hf.co/u/r:Q4_K_M"),
            ("ollama run hf.co/u/r:Q4_K_M", "hf.co/u/r:Q4_K_M"),
            ("https://huggingface.co/u/r/tree/main", "huggingface.co/u/r"),
            ("https://huggingface.co/u/r/blob/main/README.md", "huggingface.co/u/r"),
        ],
    )
    def test_pages_of_users_and_of_hugging_face_are_understood(self, text: str, name: str) -> None:
        assert understand(text) == name

    @pytest.mark.parametrize("page", ["blob", "resolve"])
    def test_a_files_page_means_that_file(self, page: str) -> None:
        text = f"https://huggingface.co/u/r/{page}/main/r-1b-Q5_K_S.gguf?download=true"

        assert understand(text) == "huggingface.co/u/r:r-1b-Q5_K_S.gguf"

    @pytest.mark.parametrize(
        "text", ["gemma3", "a b", "m?x", "m#x", "[/b]", "ollama run", "ollama"]
    )
    def test_anything_else_is_left_for_the_name_to_be_judged(self, text: str) -> None:
        assert understand(text) == text

    @given(
        st.text() | _LETTERS.map("https://hf.co/{}".format) | _LETTERS.map("ollama run {}".format)
    )
    def test_it_never_fails(self, text: str) -> None:
        assert isinstance(understand(text), str)
