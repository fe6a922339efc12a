"""`edit`: a model's parameters and system prompt, in an editor or by options."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from ollama_tui.cli.choice import follow_change
from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import (
    answer_to,
    is_yes,
    print_json,
    print_text,
    say,
    say_failure,
    write_words,
)
from ollama_tui.cli.parts import Parts
from ollama_tui.cli.terminal import run_program
from ollama_tui.core.drafts import Draft, editor_command
from ollama_tui.core.edited import Edited, EditedModels
from ollama_tui.core.errors import InvalidInput, OllamaTuiError, Refused, Unsettled
from ollama_tui.core.names import same_model, understand
from ollama_tui.core.text import as_sentence, in_shell
from ollama_tui.core.tuning import Tuning, difference, edited_from, parameters_from, text_of


class _Declined(Refused):
    """The user did not want it after all."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """One model that is being edited."""

    options: argparse.Namespace
    models: EditedModels
    name: str
    new_name: str
    before: Tuning

    @property
    def is_anew(self) -> bool:
        """Whether another model is made of it."""
        return not same_model(self.name, self.new_name)


async def edit_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Change a model's parameters and system prompt, or make another one with other ones."""
    parts.service.refuse_if_read_only()
    by_options = _is_by_options(options)
    _refuse_without_terminal(options, by_options=by_options)
    name = understand(options.name)
    new_name = understand(options.new_name or options.name)
    models = EditedModels(parts.service)
    # What the options say is looked at before the server is asked.
    given, system = parameters_from(options.set), _system(options)
    command = () if by_options else editor_command(os.environ)
    of = _Edit(options, models, name, new_name, await models.tuning(name, new_name))
    if by_options:
        await _change(of, of.before.changed(given, options.unset, system))
    else:
        await _edit(of, parts.settings.paths.drafts, command)
    return await follow_change(parts, new_name)


async def _edit(of: _Edit, folder: Path, command: tuple[str, ...]) -> None:
    """Let the text be edited until the model has it, or it is given up."""
    draft = Draft(folder, of.name, text_of(of.before, of.name))
    try:
        while not await _is_over(of, draft, command):
            pass
    finally:
        if kept := draft.given_up():
            say_failure(kept)


async def _is_over(of: _Edit, draft: Draft, command: tuple[str, ...]) -> bool:
    """Let the text be edited once; False to do it again."""
    try:
        if code := await run_program([*command, str(draft.path)]):
            ended = f"the editor {command[0]} ended with code {code}"
            raise OllamaTuiError(f"{ended}: nothing is changed")
        after = edited_from(draft.read(), of.before) if draft.is_touched else of.before
        is_over = await _change(of, after)
    except _Declined:
        raise
    except OllamaTuiError as error:
        if not draft.is_touched or isinstance(error, Unsettled):
            raise
        say_failure(str(error))
        if is_yes("Edit the text again? [y/N] "):
            return False
        raise _Declined("nothing is changed") from error
    if is_over:
        draft.discard()
    return is_over


async def _change(of: _Edit, after: Tuning) -> bool:
    """Show the difference, ask, and make the model; False if the text is to be edited again."""
    lines = difference(of.before, after)
    if not lines:
        _tell_same(of)
        return True
    tell = say if of.options.yes else _show
    for line in lines:
        tell(line)
    if not of.options.yes and not _is_wanted(of):
        return False
    _tell(of, await of.models.create(of.name, of.new_name, of.before, after))
    return True


def _show(line: str) -> None:
    # What one is asked about is shown, also to those who want few words.
    write_words(f"{line}\n")


def _is_wanted(of: _Edit) -> bool:
    """Whether the answer is yes; False to edit again, which only a text can be.

    Raises:
        _Declined: when it is no.
    """
    can_edit = not _is_by_options(of.options)
    what = f"Make {of.new_name} of {of.name}" if of.is_anew else f"Change {of.name}"
    answer = answer_to(f"{what}? [{'y/N/e, e edits again' if can_edit else 'y/N'}] ")
    if answer in ("e", "edit") and can_edit:
        return False
    if answer not in ("y", "yes"):
        raise _Declined("nothing is changed")
    return True


def _is_by_options(options: argparse.Namespace) -> bool:
    is_system = options.system is not None or options.system_file is not None
    return bool(options.set or options.unset) or is_system


def _refuse_without_terminal(options: argparse.Namespace, *, by_options: bool) -> None:
    if sys.stdin is not None and sys.stdin.isatty():
        return
    if not by_options:
        raise Refused(
            "`edit` opens an editor, and there is no terminal",
            "Give --set, --unset, --system or --system-file, and --yes.",
        )
    if not options.yes:
        raise Refused(
            "`edit` asks before it changes a model, and there is no terminal", "Say --yes."
        )


def _system(options: argparse.Namespace) -> str | None:
    """The system prompt that the options give; None if they give none."""
    if options.system_file is None:
        system: str | None = options.system
        return system
    try:
        text = Path(options.system_file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InvalidInput(f"{options.system_file} cannot be read: {reason.lower()}") from error
    return text.removesuffix("\n")


def _tell_same(of: _Edit) -> None:
    say(f"{of.name} is as it was: nothing is different.")
    if of.is_anew:
        names = f"{in_shell(of.name)} {in_shell(of.new_name)}"
        say(f"`ollama-tui cp {names}` gives it a second name.")
    if of.options.json:
        print_json({"name": of.name, "changed": False})


def _tell(of: _Edit, edited: Edited) -> None:
    name = edited.model.name
    if of.options.json:
        told = {"name": name, "digest": edited.model.digest, "changed": True}
        print_json({**told, "voided": edited.voided, "loaded": edited.is_loaded})
    else:
        print_text(name)
        say(f"{name} is made of {of.name}." if of.is_anew else f"{name} is changed.")
    for caveat in edited.caveats:
        say(f"{as_sentence(caveat)}.")
