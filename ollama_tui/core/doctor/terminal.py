"""The terminal: what it can show."""

from __future__ import annotations

from collections.abc import Iterator

from ollama_tui.core.doctor.evidence import Terminal
from ollama_tui.core.doctor.finding import Finding, fault, ok, unknown, warning
from ollama_tui.core.terminal_size import can_redraw

_CHECKS = ("type", "colours", "utf8", "size", "tmux", "ssh")
_ASCII_TERMS = ("linux", "vt100", "vt220", "ansi")


def check(terminal: Terminal) -> Iterator[Finding]:
    """Type, colours, letters, size, and what stands between."""
    if not terminal.is_there:
        why = "there is no terminal here"
        yield from (unknown(f"terminal.{name}", why) for name in _CHECKS)
        return
    yield _type(terminal)
    yield _colours(terminal)
    yield _utf8(terminal)
    yield _size(terminal)
    yield _tmux(terminal)
    yield _ssh(terminal)


def _type(terminal: Terminal) -> Finding:
    check = "terminal.type"
    if not can_redraw(terminal.term):
        words = f"TERM is {terminal.term or 'not set'}: the dashboard cannot be drawn."
        return fault(check, words, "export TERM=xterm-256color, or what the terminal is.")
    is_tmux = "TMUX" in terminal.environment
    if is_tmux and not terminal.term.startswith(("tmux", "screen")):
        words = f"TERM is {terminal.term} within tmux, which draws as tmux-256color."
        return warning(check, words, "Leave TERM alone in the shell's own files.")
    return ok(check, f"TERM is {terminal.term}.")


def _colours(terminal: Terminal) -> Finding:
    check = "terminal.colours"
    if terminal.environment.get("NO_COLOR"):
        return ok(check, "NO_COLOR is set: no colour is used.")
    if terminal.environment.get("COLORTERM") in ("truecolor", "24bit"):
        return ok(check, "It has all colours; the 16 of the terminal's own theme are used.")
    if "256" in terminal.term:
        return ok(check, "It has 256 colours; the 16 of the terminal's own theme are used.")
    return ok(check, "It has 16 colours, which is enough.")


def _utf8(terminal: Terminal) -> Finding:
    check = "terminal.utf8"
    if terminal.term in _ASCII_TERMS:
        return ok(check, f"A terminal of type {terminal.term} is drawn with ASCII signs.")
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((value for name in names if (value := terminal.environment.get(name))), "")
    if "utf-8" in locale.casefold() or "utf8" in locale.casefold():
        signs = "ASCII signs are drawn all the same" if terminal.is_ascii else "its signs are used"
        return ok(check, f"The locale {locale} has UTF-8; {signs}.")
    return warning(
        check,
        f"The locale is {locale or 'not set'}, so only ASCII signs are drawn.",
        "export LANG=C.UTF-8; over ssh, SendEnv LANG hands it on.",
    )


def _size(terminal: Terminal) -> Finding:
    check = "terminal.size"
    size = f"{terminal.columns}x{terminal.lines}"
    if terminal.columns < 80 or terminal.lines < 24:
        words = f"The terminal has {size} cells: columns and panels are left out."
        return warning(check, words, "80x24 show what matters, 120x40 all.")
    return ok(check, f"The terminal has {size} cells.")


def _tmux(terminal: Terminal) -> Finding:
    check = "terminal.tmux"
    if "STY" in terminal.environment:
        words = "GNU screen stands between: copied names do not reach the clipboard."
        return warning(check, words, "tmux hands them on.")
    if "TMUX" not in terminal.environment:
        return ok(check, "No multiplexer stands between.")
    if terminal.passthrough in ("on", "all"):
        return ok(check, "tmux hands on notices and what is copied.")
    if not terminal.passthrough:
        return unknown(check, "tmux does not say whether it hands on notices")
    return warning(
        check,
        "tmux does not hand on notices of downloads that ended.",
        "`tmux set -g allow-passthrough on`, and `set -g set-clipboard on` for what is copied.",
    )


def _ssh(terminal: Terminal) -> Finding:
    check = "terminal.ssh"
    if terminal.environment.get("SSH_CONNECTION") or terminal.environment.get("SSH_TTY"):
        return ok(check, "The terminal is at the other end of ssh.")
    return ok(check, "The terminal is on this machine.")
