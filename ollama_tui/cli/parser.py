"""The command line: which commands and options there are."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from textwrap import fill
from typing import Any, NoReturn

from ollama_tui import __version__
from ollama_tui.cli.output import print_text
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.spelling import advice
from ollama_tui.core.text import as_sentence, clean, in_shell

LOG_LEVELS = ("debug", "info", "warning", "error")

_EPILOG = """\
examples:
  ollama-tui                        the dashboard
  ollama-tui --demo                 the same with an invented server: no Ollama needed
  ollama-tui --host gpu-box-3 ls    what is installed there
  ollama-tui use qwen3:8b           make it the current model
  ollama-tui pull qwen3:0.6b        fetch a model; Ctrl-C keeps what arrived
  ollama-tui pulls --watch          what is downloading, also from other terminals
  ollama-tui pulls resume --all     go on with all that is paused or unfinished
  ollama-tui ps --json              what is loaded, for scripts
  ollama-tui keep gemma3:27b 2h     it stays loaded for two hours after each use
  ollama-tui rm old:7b older:7b     delete them, after asking
  ollama-tui run                    talk to the current model
  ollama-tui serve --port 8000      the same for other programs, over HTTP

Without a command and without a terminal, `ls` is printed. Data goes to stdout, words to stderr.

exit codes:
  0 done   1 done in part, or failed otherwise   2 wrong usage   3 server unreachable
  4 no such model   5 refused   130 interrupted   129, 143 ended by SIGHUP, SIGTERM
"""


_TALKS = "run"
"""The command whose output is another program's."""
_REST = "--"
_WITH_VALUE = ("--host", "--log-level")
"""The options before a command that take the next word."""
_MEANT = {
    "list": "ls", "delete": "rm", "remove": "rm", "stop": "unload", "copy": "cp", "rename": "mv",
    "start": "serve", "create": "edit", "inspect": "show", "top": "ps", "chat": "run",
    "download": "pull", "downloads": "pulls", "choose": "use", "select": "use",
    "help": "--help", "version": "--version",
}  # fmt: skip
"""What other programs, `ollama` above all, call our commands."""
_WIDTH = 78
"""Columns of what argparse does not fold itself."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as the rest of the program does."""

    def error(self, message: str) -> NoReturn:
        """Raise in place of printing the usage."""
        raise InvalidInput(clean(message, 300), f"`{self.prog} --help` shows what there is.")

    def _print_message(self, message: str, _: object = None) -> None:
        # Help and version; argparse does not look whether they are written.
        print_text(message.removesuffix("\n"))


class _Passed(argparse.ArgumentParser):
    """The commands that were not given: what they take is passed over."""

    def add_argument(self, *_: Any, **__: Any) -> argparse.Action:
        """Add nothing."""
        return _NOTHING


_NOTHING = argparse.Action((), "")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the arguments; `command` is None where none is given.

    Raises:
        InvalidInput: when they cannot be understood.
        SystemExit: after `--help` and `--version`.
    """
    options = _read(arguments)
    if options.demo and options.host is not None:
        raise InvalidInput("the demo has a server of its own", "Leave out --host or --demo.")
    return options


def _read(arguments: list[str]) -> argparse.Namespace:
    options, strange = _read_known(arguments)
    if strange:
        raise _not_understood(options, strange)
    return options


def _not_understood(options: argparse.Namespace, strange: Sequence[str]) -> InvalidInput:
    """The refusal of words that nothing was made of, with what was meant, or where it is said."""
    words = clean(" ".join(strange), 200)
    if options.command == "run" and options.name and not options.arguments:
        asked = " ".join(map(in_shell, (options.name, _REST, *strange)))
        meant = f"`ollama-tui run {asked}` hands it on."
        return InvalidInput(f"{words!r} is not for this program, but for `ollama run`", meant)
    help_of = f"ollama-tui {options.command}" if options.command else "ollama-tui"
    return InvalidInput(
        f"{words!r} is not understood here", f"`{help_of} --help` shows what there is."
    )


def _no_such_command(word: str) -> InvalidInput:
    """The refusal of a word that is no command, with the one that was meant."""
    shown, names = clean(word, 40), _add_commands(_parser())
    if (meant := _MEANT.get(shown.lower())) is not None:
        remedy = f"Did you mean {meant}?"
    else:
        remedy = advice(shown, names, "`ollama-tui --help` lists them.")
    return InvalidInput(f"there is no command {shown!r}", remedy)


def _read_known(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """What the arguments say, and those that nobody knows."""
    word = _command_in(arguments)
    if word is None:
        # All commands take as long to add as a tenth of the dashboard's start.
        return _parser().parse_known_args(arguments, argparse.Namespace(command=None))
    parser = _parser_of(word)
    if parser is None:
        if not word.startswith("-"):
            raise _no_such_command(word)
        parser = build_parser()
    # argparse drops the sign, and with it the border between a name and what is for `ollama run`.
    at = arguments.index(_REST) if _REST in arguments else len(arguments)
    if "run" in arguments[:at]:
        options, strange = parser.parse_known_args(arguments[:at])
        if options.command == "run":
            options.arguments = arguments[at + 1 :]
            return options, strange
    return parser.parse_known_args(arguments)


def _command_in(arguments: list[str]) -> str | None:
    """The word that may be a command, or asks for the list of them; None if there is none."""
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith(_REST) or word in (_REST, "--help"):
            return word
    return None


def build_parser() -> argparse.ArgumentParser:
    """All commands and options, as `argparse` and completion know them."""
    parser = _parser()
    _add_commands(parser)
    return parser


def _parser_of(name: str) -> argparse.ArgumentParser | None:
    """What knows that command alone, which is sooner made; None if there is no such command."""
    parser = _parser()
    return parser if name in _add_commands(parser, only=name) else None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ollama-tui",
        description="A terminal dashboard for the models of an Ollama server.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_global_options()],
        allow_abbrev=False,
    )
    parser.set_defaults(
        host=None, demo=False, readonly=False, ascii=False, no_preflight=False, log_level=None
    )
    return parser


def _global_options() -> argparse.ArgumentParser:
    # Without defaults of its own, an option behind the command does not undo one before it.
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument(
        "--host", metavar="HOST", help="the server; beats OLLAMA_HOST and the config file"
    )
    options.add_argument("--demo", action="store_true", help="use an invented server in memory")
    options.add_argument(
        "--readonly", action="store_true", help="send nothing that changes the server"
    )
    options.add_argument("--ascii", action="store_true", help="draw with ASCII signs only")
    options.add_argument(
        "--no-preflight",
        action="store_true",
        help="do not ask registries how large a model is before it is pulled",
    )
    options.add_argument(
        "--log-level", metavar="LEVEL", choices=LOG_LEVELS, help=", ".join(LOG_LEVELS)
    )
    options.add_argument("--version", action="version", version=f"ollama-tui {__version__}")
    return options


def _printing_options(command: str) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    if command != _TALKS:
        options.add_argument("--json", action="store_true", help="print JSON on stdout")
    options.add_argument("--quiet", "-q", action="store_true", help="say nothing but what failed")
    return options


def _add_commands(parser: argparse.ArgumentParser, only: str | None = None) -> Collection[str]:
    """Add the commands, or that one alone; the names of those that are added."""
    from ollama_tui.cli.commands import add_commands
    from ollama_tui.cli.examples import examples_of

    commands = parser.add_subparsers(dest="command", metavar="command", title="commands")
    passed, shared = _Passed(add_help=False), _global_options()

    def add(name: str, words: str, more: str = "") -> argparse.ArgumentParser:
        if only not in (None, name):
            return passed
        return commands.add_parser(
            name,
            help=words,
            description=fill(f"{as_sentence(words)}. {more}".strip(), _WIDTH),
            epilog=examples_of(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[shared, _printing_options(name)],
            allow_abbrev=False,
        )

    add_commands(add)
    return commands.choices
