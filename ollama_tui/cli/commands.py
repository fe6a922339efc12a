"""Which commands there are, and what each takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ollama_tui.config.themes import ALL_THEMES
from ollama_tui.core.models import PARTS

SHELLS = ("bash", "zsh", "fish")
_SHELLS = ", ".join(SHELLS)

Add = Callable[..., argparse.ArgumentParser]
"""Adds a command by its name, its line in the help, and more words of its own help."""


def add_commands(add: Add) -> None:
    """Add every command."""
    _add_looking(add)
    _add_diagnosing(add)
    _add_choosing(add)
    _add_managing(add)
    _add_loading(add)
    _add_pulling(add)
    _add_serving(add)
    _add_shell(add)


def _add_looking(add: Add) -> None:
    add("ls", "list the installed models", "★ (>) marks the current one, ● (*) what is loaded.")
    add("ps", "list the loaded models, their memory and when they unload")
    why = add("why", "say why models are on the CPU, and what to do about it")
    why.add_argument("name", nargs="?", metavar="NAME", help="a loaded one; all if there is none")
    gpu = add("gpu", "print the GPUs of this machine and who holds their memory")
    gpu.add_argument("--watch", action="store_true", help="print them again until Ctrl-C")
    show = add("show", "print all about a model; as text, its Modelfile")
    _add_name(show)
    show.add_argument("--part", type=_part, choices=PARTS, help="print that only")
    add("du", "print what fills the disk of the models", "Nothing is deleted by it.")
    _add_fit(add)


def _add_diagnosing(add: Add) -> None:
    add("status", "print the server, its version, what is loaded and the current model")
    add(
        "info",
        "print versions, folders and whether the server answers",
        "What is set, and where, is told by `ollama-tui config`.",
    )
    doctor = add(
        "doctor",
        "look for what is wrong with the server, this machine and the terminal",
        "It ends with 1 if there is a fault or a warning, also when the server is down.",
    )
    words = "print all as text for an issue, without secrets and names"
    doctor.add_argument("--report", action="store_true", help=words)
    add(
        "config",
        "print each setting, its value, and where that comes from",
        "Nothing is sent, and no secret is printed. How the server is: `ollama-tui info`. "
        f"Themes: {', '.join(ALL_THEMES)}.",
    )


def _add_fit(add: Add) -> None:
    fit = add(
        "fit",
        "print how much memory a model would take, and whether that is free",
        "It fits if the larger of 1 GiB and 5 % would stay free beside it.",
    )
    _add_name(fit)
    fit.add_argument("--ctx", metavar="TOKENS", type=int, help="the context length")
    kinds = ("f16", "q8_0", "q4_0")
    fit.add_argument(
        "--kv",
        choices=kinds,
        help="how the server keeps the context; as its log says if none, else f16",
    )
    fit.add_argument("--parallel", metavar="SLOTS", type=int, help="OLLAMA_NUM_PARALLEL")
    fit.add_argument("--vram", metavar="GIB", type=float, help="free video memory, in GiB")
    fit.add_argument("--check", action="store_true", help="end with 1 unless it fits")


def _add_choosing(add: Add) -> None:
    add("current", "print the current model")
    _add_name(add("use", "make an installed model the current one"))
    pick = add(
        "pick",
        "choose a model in a list on the terminal and print its name",
        'The list is drawn on stderr: ollama run "$(ollama-tui pick)".',
    )
    pick.add_argument("words", nargs="*", metavar="WORDS", help="show names that hold these")


def _add_shell(add: Add) -> None:
    env = add(
        "env",
        "print the server and the current model as variables of a shell",
        'eval "$(ollama-tui env)" sets OLLAMA_HOST and OLLAMA_MODEL.',
    )
    env.add_argument("--shell", choices=SHELLS, metavar="SHELL", help=f"{_SHELLS}; $SHELL if none")
    completion = add(
        "completion",
        "print what makes a shell complete commands and names",
        'eval "$(ollama-tui completion bash)" in ~/.bashrc turns it on.',
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=_SHELLS)


def _add_managing(add: Add) -> None:
    delete = add("rm", "delete models at once, after asking")
    delete.add_argument("names", nargs="+", metavar="NAME")
    delete.add_argument("--yes", "-y", action="store_true", help="do not ask")
    copy = add("cp", "give a model a second name, which costs no disk")
    rename = add("mv", "give a model another name", "The current model follows.")
    for command in (copy, rename):
        _add_name(command)
        command.add_argument("new_name", metavar="NEW", help="one that is not taken")
    _add_editing(add)


def _add_editing(add: Add) -> None:
    words = "Without options it opens an editor: VISUAL, EDITOR, nano or vi."
    edit = add("edit", "change a model's parameters and system prompt", words)
    _add_name(edit)
    edit.add_argument("new_name", nargs="?", metavar="NEW", help="make another model instead")
    pair, value = "NAME=VALUE", "a parameter; stop can be given several times"
    edit.add_argument("--set", metavar=pair, action="append", default=[], help=value)
    edit.add_argument(
        "--unset", metavar="NAME", action="append", default=[], help="a parameter that is to go"
    )
    system = edit.add_mutually_exclusive_group()
    system.add_argument("--system", metavar="TEXT", help="the system prompt")
    system.add_argument("--system-file", metavar="FILE", help="a file that holds it")
    edit.add_argument("--yes", "-y", action="store_true", help="do not ask")


def _add_loading(add: Add) -> None:
    load = add("load", "load a model and wait until it is loaded", "Ctrl-C aborts it.")
    _add_name(load)
    load.add_argument("--ctx", metavar="TOKENS", type=int, help="the context length")
    load.add_argument(
        "--keep-alive",
        metavar="TIME",
        help="how long it stays: 30m, 2h, forever; without it a pinned one stays for ever",
    )
    unload = add("unload", "unload some models, or all", "Requests in flight are finished first.")
    unload.add_argument("names", nargs="*", metavar="NAME")
    unload.add_argument("--all", action="store_true", help="whatever is loaded")
    keep = add("keep", "change for how long a loaded model stays, without reloading it")
    _add_name(keep)
    keep.add_argument("duration", metavar="TIME", help="30m, 2h, 1d, forever; 0 unloads it")
    more = "What stands behind -- is for `ollama run`: its options, or a prompt."
    run = add("run", "talk to a model with `ollama run` in this terminal", more)
    run.add_argument("name", nargs="?", metavar="NAME", help="the current model if there is none")
    run.usage = "%(prog)s [options] [NAME] [-- ARGUMENT ...]"


def _add_pulling(add: Add) -> None:
    more = "Ctrl-C keeps what arrived; a download that was on its way before goes on then."
    pull = add("pull", "fetch a model from its registry", more)
    pull.add_argument("name", metavar="NAME", help="a name, `ollama pull x` or a page's address")
    pull.add_argument(
        "--insecure", action="store_true", help="speak plain HTTP to the model's registry"
    )
    pull.add_argument(
        "--detach", action="store_true", help="return at once; `ollama-tui pulls` shows it"
    )
    pulls = add("pulls", "list the downloads, or cancel, pause or resume some")
    deeds = ("cancel", "pause", "resume")
    pulls.add_argument("deed", nargs="?", choices=deeds, metavar="|".join(deeds), help="what to do")
    pulls.add_argument("names", nargs="*", metavar="NAME", help="the downloads that it is done to")
    pulls.add_argument("--all", action="store_true", help="do it to all of them")
    pulls.add_argument("--watch", action="store_true", help="print them until none runs or waits")
    pulls.add_argument("--history", action="store_true", help="list those that ended instead")


def _add_serving(add: Add) -> None:
    serve = add("serve", "serve the models over HTTP", "It needs the extra `api`.")
    words = "where to listen; any but this machine's own needs OLLAMA_TUI_TOKEN"
    serve.add_argument("--bind", metavar="ADDRESS", default="127.0.0.1", help=words)
    serve.add_argument("--port", metavar="PORT", type=int, default=8000, help="0: any that is free")


def _add_name(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME")


def _part(text: str) -> str:
    # Ollama's own word for it.
    return "licence" if text == "license" else text
