"""What a person does with the keys of Running, and to load."""

from __future__ import annotations

import json
from urllib.request import Request, urlopen

from tests.terminal.deeds.steps import HUGE, LOADED, SMALL, does, goes_to, loads
from tests.terminal.person import Person


@does("model.load")
def load(person: Person, key: str) -> None:
    loads(person, "mxbai-embed-large:latest", key)
    person.sees("Loaded mxbai-embed-large:latest")
    person.presses("u")
    person.sees("Unloading mxbai-embed-large:latest")
    person.sees("3 loaded")


@does("model.unload")
def unload(person: Person, key: str) -> None:
    loads(person, SMALL)
    person.sees("4 loaded")
    person.presses(key)
    person.sees(f"Unloading {SMALL}")
    person.sees("3 loaded")


@does("model.unload_all")
def unload_all(person: Person, key: str) -> None:
    person.presses(key)
    person.sees("Unload all 3?")
    person.presses("enter")
    person.sees_no("Unload all 3?")


@does("model.renew_pin")
def renew_pin(person: Person, key: str) -> None:
    loads(person, SMALL)
    person.sees("4 loaded")
    keeps_for_ever(person, SMALL)
    somebody_unloads(person, SMALL)
    person.sees("pin lost")
    person.presses(key)
    person.sees(f"Load {SMALL}?")
    person.presses("y")
    person.sees(f"Loaded {SMALL}")
    person.sees("4 loaded")
    person.presses("u")
    person.sees("3 loaded")


def keeps_for_ever(person: Person, model: str) -> None:
    person.presses("t")
    person.sees("for ever")
    person.presses("down", "down", "down", "down", "enter")
    person.sees(f"Pinned {model}")


def somebody_unloads(person: Person, model: str) -> None:
    body = json.dumps({"model": model, "keep_alive": 0}).encode()
    urlopen(Request(f"{person.url}/api/generate", body)).close()


@does("model.abort_load")
def abort_load(person: Person, key: str) -> None:
    loads(person, HUGE)
    person.presses("2")
    person.is_on(LOADED)
    person.presses("g")
    person.is_on(HUGE)
    person.presses(key)
    person.sees(f"{HUGE} is not loaded: aborted")


@does("model.keep_alive")
def keep_alive(person: Person, key: str) -> None:
    goes_to(person, "gemma3:27b")
    person.presses(key)
    person.sees("Keep gemma3:27b for")
    person.presses("down", "enter")
    person.sees("gemma3:27b stays for")
