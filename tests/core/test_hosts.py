"""Addresses of servers, in every spelling that people use."""

from __future__ import annotations

import re
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import (
    DEFAULT_URL,
    is_loopback,
    is_of_this_machine,
    is_private,
    label,
    machine_name,
    parse_host,
    server_key,
    shown_address,
    without_secrets,
)

_ADDRESSES = st.from_regex(
    r"(https?://)?([a-z:\"\[\]]{0,4}@)?"
    r"[a-z0-9.\[\]:%'\"-]{0,12}(:[0-9]{0,6})?(/[a-z /'\"@:]{0,8})?",
    fullmatch=True,
)


class TestReadingAnAddress:
    @pytest.mark.parametrize(
        ("text", "url"),
        [
            ("", DEFAULT_URL),
            ("  ", DEFAULT_URL),
            ('""', DEFAULT_URL),
            ("gpu-box", "http://gpu-box:11434"),
            ("GPU-Box", "http://gpu-box:11434"),
            ("gpu_box.lan:8080", "http://gpu_box.lan:8080"),
            (":8080", "http://127.0.0.1:8080"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:1234", "http://127.0.0.1:1234"),
            ("http://0.0.0.0", "http://127.0.0.1:80"),
            ("192.168.1.7:1", "http://192.168.1.7:1"),
            ("::1", "http://[::1]:11434"),
            ("[::1]", "http://[::1]:11434"),
            ("[::1]:80", "http://[::1]:80"),
            ("::", "http://[::1]:11434"),
            ("[::]:99", "http://[::1]:99"),
            ("http://[FE80::1%eth0]:99", "http://[fe80::1]:99"),
            ("http://h", "http://h:80"),
            ("HTTP://h", "http://h:80"),
            ("http://h/", "http://h:80"),
            ("https://h", "https://h:443"),
            ("https://h/path", "https://h:443/path"),
            ("https://h/path/", "https://h:443/path"),
            ("https://h:8443/a/b", "https://h:8443/a/b"),
            ("h/path", "http://h:11434/path"),
            ('"http://h"', "http://h:80"),
            ("'h:1'", "http://h:1"),
            (' " h:1 " ', "http://h:1"),
            ("\th:1\n", "http://h:1"),
            ("https://user:pw@h", "https://user:pw@h:443"),
            ("user:pw@h:1", "http://user:pw@h:1"),
            ("http://u@x:p@h", "http://u@x:p@h:80"),
        ],
    )
    def test_every_usual_spelling_is_taken(self, text: str, url: str) -> None:
        assert parse_host(text) == url

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("ftp://h", "only http and https are spoken"),
            ("unix:///run/x", "only http and https are spoken"),
            ("h:abc", "'abc' is not a port"),
            ("h:", "'' is not a port"),
            ("h:0", "'0' is not a port"),
            ("h:65536", "'65536' is not a port"),
            ("h:-1", "'-1' is not a port"),
            ("h:٣", "is not a port"),
            ("h:" + "9" * 5000, "is not a port"),
            ("a b", "'a b' is not a host name"),
            ("-h", "is not a host name"),
            ("höst", "is not a host name"),
            ("192.168.1.300", "is not a host name"),
            ("a" * 300, "is not a host name"),
            ("h?x", "is not a host name"),
            ("h\x1b[2J", "is not a host name"),
            ("a:b:1", "a colon too many"),
            ("http://h/a b", "a character that cannot be in an address"),
            ("http://h/a?b", "a character that cannot be in an address"),
            ("http://h/a'/", "a character that cannot be in an address"),
            ("http://a?b@h", "a character that cannot be in an address"),
            ("http://[@h", "a character that cannot be in an address"),
            ("http://℀@h", "a character that cannot be in an address"),
        ],
    )
    def test_a_wrong_one_is_refused_in_words(self, text: str, reason: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            parse_host(text)

        assert reason in refusal.value.what
        assert "host:port" in refusal.value.remedy
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) < 300

    @pytest.mark.parametrize(
        "text", ["user:secret@h:abc", "http://user:secret@h h", "user:secret@"]
    )
    def test_a_refusal_shows_no_password(self, text: str) -> None:
        try:
            shown = parse_host(text)
        except InvalidInput as refusal:
            shown = str(refusal)

        assert "secret" not in without_secrets(shown)

    @pytest.mark.parametrize(
        "text",
        [
            "http://h:1/?token=secret", "h?key=secret", "http://h/p#secret", "http://u:sec/ret@h:1",
            "u:12/secret@h", "http://u:a?secret@h", "http://u:x#secret@h:1", "http://h?t=a@secret",
            "https://secret@h:x", "ftp://u:secret@h", "http://u:12/3secret@h/p",
        ],
    )  # fmt: skip
    def test_nor_a_key_in_any_other_place(self, text: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            parse_host(text)

        assert not re.search("sec|ret|12", str(refusal.value).replace("%2F", ""))

    def test_the_refusal_of_an_address_without_a_scheme_adds_none(self) -> None:
        with pytest.raises(InvalidInput, match=r"^'h:abc' is not"):
            parse_host("user:pw@h:abc")

    @given(st.text() | _ADDRESSES)
    @example('http://h/"/')
    @example("http://h/x//")
    def test_any_text_is_an_address_or_refused(self, text: str) -> None:
        try:
            url = parse_host(text)
        except InvalidInput:
            return

        assert parse_host(url) == url
        assert server_key(url, "box")
        assert label(url, "box")
        assert isinstance(is_private(url), bool)


class TestShowingAnAddress:
    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("http://user:pw@h:80/p", "http://h:80/p"),
            ("http://u@x:p@h:80", "http://h:80"),
            ("http://h:80/a@b", "http://h:80/a@b"),
            ("http://h:80", "http://h:80"),
            ("u:p@h", "h"),
        ],
    )
    def test_names_and_passwords_are_left_out(self, url: str, shown: str) -> None:
        assert without_secrets(url) == shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("http://u:pw@h:80/p", "http://h:80/p"),
            ("u:p/w@h:80", "h:80"),
            ("http://h?token=x", "http://h…"),
            ("http://h/#x", "http://h/…"),
            ("http://u:p?w@h", "http://…"),
            ("0.0.0.0", "0.0.0.0"),
        ],
    )
    def test_one_that_nobody_has_read_is_shown_without_what_may_be_secret(
        self, text: str, shown: str
    ) -> None:
        assert shown_address(text) == shown

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("http://127.0.0.1:11434", "box"),
            ("http://localhost:11435", "box:11435"),
            ("http://[::1]:1", "box:1"),
            ("http://gpu-3.lan:11434", "gpu-3.lan"),
            ("https://gpu-3.lan:443/ollama", "gpu-3.lan"),
            ("http://u:p@10.0.0.2:1/x", "10.0.0.2:1"),
        ],
    )
    def test_a_server_is_called_by_its_box_and_by_a_port_of_its_own(
        self, url: str, words: str
    ) -> None:
        assert label(url, "box") == words

    def test_this_machine_has_a_name_without_a_domain(self) -> None:
        assert machine_name()
        assert "." not in machine_name()


class TestTheKeyOfAServer:
    @pytest.mark.parametrize(
        "text",
        ["127.0.0.1", "localhost", "0.0.0.0", "::1", "http://LOCALHOST:11434/", "u:p@127.1.1.1"],
    )
    def test_spellings_of_this_machine_fold_to_one_that_holds_its_name(self, text: str) -> None:
        assert server_key(parse_host(text), "box") == "http://localhost:11434@box"

    def test_two_machines_with_one_home_folder_have_two_keys(self) -> None:
        assert server_key(DEFAULT_URL, "one") != server_key(DEFAULT_URL, "two")

    def test_another_machines_key_is_the_same_from_everywhere(self) -> None:
        url = parse_host("GPU-3.lan")

        assert server_key(url, "one") == server_key(url, "two") == "http://gpu-3.lan:11434"

    @pytest.mark.parametrize("text", ["https://gpu-3.lan:11434", "gpu-3.lan:1", "gpu-3.lan/path"])
    def test_scheme_port_and_path_tell_servers_apart(self, text: str) -> None:
        assert server_key(parse_host(text), "box") != server_key(parse_host("gpu-3.lan"), "box")

    def test_a_password_is_not_in_it(self) -> None:
        assert server_key("http://user:pw@h:1", "box") == "http://h:1"


class TestPrivateAddresses:
    @pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.1.2.3", "192.168.0.9", "localhost"])
    def test_this_machine_and_private_networks_are_private(self, host: str) -> None:
        assert is_private(f"http://u:p@{host}:1")

    @pytest.mark.parametrize("host", ["gpu.local", "gpu.internal"])
    def test_so_are_their_names(self, host: str) -> None:
        assert is_private(f"http://{host}:1")

    @pytest.mark.parametrize("host", ["8.8.8.8", "ollama.example.com", "local.example.com"])
    def test_the_rest_of_the_world_is_not(self, host: str) -> None:
        assert not is_private(f"http://{host}:1")
        assert not is_loopback(f"http://{host}:1")


class TestThisMachine:
    @pytest.mark.parametrize(
        "url",
        ["http://127.0.0.1:1", "http://localhost:1", f"http://{socket.gethostname().lower()}:1"],
    )
    def test_its_own_names_and_addresses_are_known(self, url: str) -> None:
        assert is_of_this_machine(url)

    @pytest.mark.parametrize(
        "url", ["http://198.51.100.7:1", "http://[2001:db8::1]:1", "http://gpu.example.org:1"]
    )
    def test_others_are_not(self, url: str) -> None:
        assert not is_of_this_machine(url)
