"""What a person does with each act's key in a dashboard of the demo's models, and what they see."""

from __future__ import annotations

import base64
import json
import re
import signal
from collections.abc import Callable
from urllib.request import Request, urlopen

from tests.terminal.conftest import HELD_UP
from tests.terminal.person import Person
from tests.terminals import LEAVES_SCREEN

Deed = Callable[[Person, str], None]
"""Takes who does it, and the key; it ends where it began."""

DEEDS: dict[str, Deed] = {}
"""By act id, as in core/acts/table.py."""

FIRST, SECOND, LAST = "assistant:latest", "codestral:22b", "starcoder2:15b"
LOADED = "deepseek-r1:32b"
SMALL, HUGE = "smollm2:135m", "llama3.1:405b"


def does(act: str) -> Callable[[Deed], Deed]:
    def known(deed: Deed) -> Deed:
        DEEDS[act] = deed
        return deed

    return known


def goes_to(person: Person, model: str) -> None:
    person.presses("slash")
    person.types(model)
    person.presses("enter")
    person.sees_in_line("1 Models", f"/{model}", " 1 of ")


def loads(person: Person, model: str, key: str = "l") -> None:
    goes_to(person, model)
    person.presses(key)
    person.sees(f"Load {model}?")
    person.presses("y")


def has_a_download(person: Person) -> None:
    if "4 Downloads" not in person.text:
        person.presses("p")
        person.sees("name, command or address")
        person.types(HELD_UP)
        person.presses("enter")
        person.sees(f"Pulling {HELD_UP}", "1.0 of 2.0 GB")
        person.presses("q")
        person.sees_no(f"Pulling {HELD_UP}")
        person.sees("4 Downloads")


def goes_to_the_download(person: Person) -> None:
    has_a_download(person)
    person.presses("4")
    person.is_on(HELD_UP)


def opens(person: Person, key: str, *words: str) -> None:
    """Press a key that opens a dialog, see it, and close it."""
    person.presses(key)
    person.sees(*words)
    person.presses("ctrl+c")
    person.sees_no(words[0])


@does("model.use")
def use(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    person.presses(key)
    person.sees("★ phi4:14b")


@does("model.inspect")
def inspect(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    opens(person, key, "16,384 tokens", "<|im_sep|>")


@does("pull.open")
def pull(person: Person, key: str) -> None:
    person.presses(key)
    person.sees("name, command or address")
    person.types("gemma3:1b")
    person.presses("enter")
    person.sees_in_line("gemma3:1b", " now")
    person.sees_no("Pulling gemma3:1b")


@does("pull.show")
def show_download(person: Person, key: str) -> None:
    goes_to_the_download(person)
    opens(person, key, f"Pulling {HELD_UP}", "1.0 of 2.0 GB")


@does("pull.history")
def show_history(person: Person, key: str) -> None:
    opens(person, key, "What became of downloads")


@does("pull.cancel")
def cancel(person: Person, key: str) -> None:
    goes_to_the_download(person)
    person.presses(key)
    person.sees("Cancel the download?")
    person.presses("y")
    person.sees_no("4 Downloads")


@does("pull.pause")
def pause(person: Person, key: str) -> None:
    goes_to_the_download(person)
    person.presses(key)
    person.sees_in_line(HELD_UP, " paused")
    person.presses(key)
    person.sees(f"{HELD_UP} goes on")
    person.sees_no(" paused")


@does("pull.pause_all")
def pause_all(person: Person, key: str) -> None:
    has_a_download(person)
    person.presses(key)
    person.sees_in_line(HELD_UP, "paused")
    person.presses(key)
    person.sees("1 download resumed")
    person.sees_no(" paused")


@does("model.load")
def load(person: Person, key: str) -> None:
    loads(person, "mxbai-embed-large:latest", key)
    person.sees("Loaded mxbai-embed-large:latest")
    person.sees("4 loaded")
    person.presses("u")
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


@does("model.delete")
def delete(person: Person, key: str) -> None:
    goes_to(person, "gpt-oss:20b")
    person.presses(key)
    person.sees("Delete gpt-oss:20b?")
    person.presses("y")
    person.sees("Deleting gpt-oss:20b in 30 s")
    person.presses("z")
    person.sees("Kept gpt-oss:20b")


@does("model.undo")
def undo(person: Person, key: str) -> None:
    goes_to(person, "gpt-oss:120b")
    person.presses("space", "d")
    person.sees("Delete gpt-oss:120b?")
    person.presses("y")
    person.sees("z undoes")
    person.presses(key)
    person.sees("Kept gpt-oss:120b")


@does("model.copy")
def copy(person: Person, key: str) -> None:
    goes_to(person, "llama3.1:8b")
    person.presses(key)
    person.sees("Copy llama3.1:8b")
    person.types("-copied")
    person.presses("enter")
    person.sees("llama3.1:8b-copied is a copy of llama3.1:8b")


@does("model.rename")
def rename(person: Person, key: str) -> None:
    goes_to(person, "mixtral:8x22b")
    person.presses(key)
    person.sees("Rename mixtral:8x22b")
    person.types("-new")
    person.presses("enter")
    person.sees("mixtral:8x22b-new", " is now ")


@does("model.edit")
def edit(person: Person, key: str) -> None:
    goes_to(person, "qwen3:30b-a3b")
    person.presses(key)
    person.sees("PARAMETER num_ctx 12345")
    person.presses("n")
    person.sees_no("PARAMETER num_ctx 12345")


@does("model.context")
def memory_by_context(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    opens(person, key, "Memory of phi4:14b by context", "16384", "GiB")


@does("model.mark")
def mark(person: Person, key: str) -> None:
    person.presses(key)
    person.sees_in_line("✓", FIRST)
    person.is_on(SECOND)


@does("pull.again")
def pull_again(person: Person, key: str) -> None:
    goes_to(person, SMALL)
    person.presses(key)
    person.sees(f"{SMALL} was here already")


@does("view.filter")
def filter_models(person: Person, key: str) -> None:
    person.presses(key)
    person.types("gpt")
    person.sees_in_line("1 Models", "/gpt", "2 of ")


@does("view.sort")
def sort(person: Person, key: str) -> None:
    columns = re.findall("[A-Z]{3,}", person.line_with("NAME ▴"))
    for column in (*columns[1:], columns[0]):
        person.presses(key)
        person.sees_either(*_sorted_by(column))


def _sorted_by(column: str) -> list[str]:
    # The sign stands at the side where there is room.
    around = (f"{column} {{}}", f"{{}} {column}", f"{{}}{column}")
    return [text.format(sign) for text in around for sign in "▴▾"]


@does("view.reverse")
def reverse(person: Person, key: str) -> None:
    person.presses(key)
    person.sees("NAME ▾")
    person.presses(key)
    person.sees("NAME ▴")


@does("view.fitting")
def hide_unfit(person: Person, key: str) -> None:
    person.sees(" spills ")
    person.presses(key)
    person.sees_no(" spills ")
    person.presses(key)
    person.sees(" spills ")


@does("model.keep_alive")
def keep_alive(person: Person, key: str) -> None:
    goes_to(person, "gemma3:27b")
    person.presses(key)
    person.sees("Keep gemma3:27b for")
    person.presses("down", "enter")
    person.sees("gemma3:27b stays for")


@does("model.talk")
def talk(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    person.presses(key)
    person.sees("I am phi4:14b")
    person.types("bye\r")
    person.sees("? help", "/phi4:14b")


@does("model.copy_name")
def copy_name(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    person.presses(key)
    person.sees("sent to the terminal's clipboard")
    assert b"\x1b]52;c;" + base64.b64encode(b"phi4:14b") in person.written


@does("view.disk")
def show_disk(person: Person, key: str) -> None:
    opens(person, key, "What fills the disk", HUGE)


@does("server.refresh")
def refresh(person: Person, key: str) -> None:
    person.presses(key)
    person.sees_in_line("Asking", "again")


@does("view.repaint")
def repaint(person: Person, key: str) -> None:
    person.loses_the_screen()
    person.presses(key)
    person.sees("1 Models", "2 Running", "? help")


@does("view.theme")
def next_theme(person: Person, key: str) -> None:
    person.presses(key)
    person.sees("Theme ansi-light")
    person.presses(key)
    person.sees("Theme ansi-dark")


@does("panel.models")
def go_to_models(person: Person, key: str) -> None:
    person.presses("2")
    person.is_on(LOADED)
    person.presses(key)
    person.is_on(FIRST)


@does("panel.running")
def go_to_running(person: Person, key: str) -> None:
    person.presses(key)
    person.sees_no("l load")
    person.is_on(LOADED)
    person.presses(key)
    person.sees_no("46 %")
    person.presses(key)
    person.sees("46 %")


@does("panel.gpus")
def go_to_gpus(person: Person, key: str) -> None:
    person.presses(key)
    person.sees_no("i inspect")
    person.presses(key)
    person.sees_no("71 °C")
    person.presses(key)
    person.sees("71 °C")


@does("panel.downloads")
def go_to_downloads(person: Person, key: str) -> None:
    has_a_download(person)
    person.presses(key)
    person.is_on(HELD_UP)
    person.sees("space pause", " 50 %")
    person.presses(key)
    person.sees_no(" 50 %")
    person.presses(key)
    person.sees(" 50 %")


@does("view.escape")
def drop_filter_then_marks(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    person.presses("space")
    person.sees("✓")
    person.presses(key)
    person.sees_no("/phi4:14b")
    person.presses(key)
    person.sees_no("✓")


@does("program.help")
def show_help(person: Person, key: str) -> None:
    opens(person, key, "not all on GPU", "memory by context")


@does("program.palette")
def open_palette(person: Person, key: str) -> None:
    opens(person, key, "what to do", "make it the current one")


@does("program.doctor")
def look_for_trouble(person: Person, key: str) -> None:
    opens(person, key, "What is wrong here", "Ollama answers at")


@does("program.suspend")
def suspend(person: Person, key: str) -> None:
    person.presses(key)
    person.is_stopped()
    assert person.written.rstrip().rfind(LEAVES_SCREEN) > person.written.rfind(b"\x1b[?1049h")
    assert person.settings == person.settings_before
    person.loses_the_screen()
    person.signal(signal.SIGCONT)
    person.sees("1 Models", "? help")


@does("program.quit")
def leave(person: Person, key: str) -> None:
    person.presses(key)
    assert person.ended() == 0


@does("move.down")
def a_row_down(person: Person, key: str) -> None:
    person.presses(key)
    person.is_on(SECOND)


@does("move.up")
def a_row_up(person: Person, key: str) -> None:
    person.presses("j")
    person.is_on(SECOND)
    person.presses(key)
    person.is_on(FIRST)


@does("move.page_down")
def a_page_down(person: Person, key: str) -> None:
    person.presses(key)
    person.is_not_on(FIRST)


@does("move.page_up")
def a_page_up(person: Person, key: str) -> None:
    person.presses("G")
    person.is_on(LAST)
    person.presses(key)
    person.is_not_on(LAST)


@does("move.first")
def to_the_first_row(person: Person, key: str) -> None:
    person.presses("G")
    person.is_on(LAST)
    person.presses(key)
    person.is_on(FIRST)


@does("move.last")
def to_the_last_row(person: Person, key: str) -> None:
    person.presses(key)
    person.is_on(LAST)


@does("move.next_panel")
def to_the_next_panel(person: Person, key: str) -> None:
    person.presses(key)
    person.is_on(LOADED)


@does("move.previous_panel")
def to_the_panel_before(person: Person, key: str) -> None:
    person.presses("2")
    person.is_on(LOADED)
    person.presses(key)
    person.is_on(FIRST)
