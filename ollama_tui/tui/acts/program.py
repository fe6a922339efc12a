"""Acts on the program itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.acts import Panel
from ollama_tui.tui.acts.deleting import finish
from ollama_tui.tui.lines import line, quiet

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


async def refresh(app: OllamaTuiApp) -> None:
    """Ask the server everything again."""
    app.known_details.clear()
    app.refresh_now()
    app.tell(f"Asking {app.server.label} again")


async def show_help(app: OllamaTuiApp) -> None:
    """Show every key that works."""
    from ollama_tui.tui.screens.help import HelpScreen

    await app.push_screen(HelpScreen(app.acts))


async def open_palette(app: OllamaTuiApp) -> None:
    """Show every act by its name, and do the chosen one."""
    from ollama_tui.tui.screens.palette import PaletteScreen

    # The panels rest behind the dialog: what was under the cursor then is what was chosen for.
    seen = _row(app)

    async def chosen(name: str | None) -> None:
        if name and _row(app) != seen and _needs_row(app, name):
            app.tell_failure(f"{seen} is gone; nothing was done.")
        elif name:
            await app.action_act(name)

    await app.push_screen(PaletteScreen(app.acts, app.situation), chosen)


def _row(app: OllamaTuiApp) -> str | None:
    """What is under the cursor of the focused panel."""
    rows = {Panel.RUNNING: app.selected_running, Panel.DOWNLOADS: app.selected_pull}
    return rows.get(app.panel, app.selected)


def _needs_row(app: OllamaTuiApp, act: str) -> bool:
    nowhere = replace(app.situation, model=None, loaded=None, pin=None, loading=None, pull=None)
    return bool(app.act(act).reason_against(nowhere))


async def suspend(app: OllamaTuiApp) -> None:
    """Give the terminal back until `fg`."""
    app.action_suspend_process()


def goes_on(app: OllamaTuiApp) -> str:
    """What to say of the downloads once the program has ended; empty if there is nothing."""
    held = [pull for pull in app.pulls if pull.state.is_held]
    going = [pull for pull in app.pulls if not pull.state.has_ended and pull not in held]
    if not app.downloads.outlive or not (held or going):
        return ""
    facts = []
    if going:
        facts.append(f"{units.counted(len(going), 'download')} {'go' if going[1:] else 'goes'} on")
    if held:
        facts.append(f"{len(held)} can be resumed")
    words = f"{', '.join(facts)}: {app.settings.command('pulls')}"
    return f"{words}\n{app.downloads.caveat}" if going and app.downloads.caveat else words


async def leave(app: OllamaTuiApp) -> None:
    """Quit; ask first if a download would end with it."""
    from ollama_tui.tui.screens.confirm import ConfirmScreen

    if app.is_leaving:
        app.tell("It ends once what waits for it is deleted.")
        return
    active = [pull.name for pull in app.pulls if not pull.state.has_ended]
    if not active or app.downloads.outlive:
        _exit(app)
        return

    def answered(is_yes: bool | None) -> None:
        if is_yes:
            _exit(app)

    verb = "They end" if len(active) > 1 else "It ends"
    facts = (
        *(line(name) for name in active),
        (),
        line(quiet(f"{verb} with the program. What arrived is kept.")),
    )
    count = f"{len(active)} downloads" if len(active) > 1 else "the download"
    await app.push_screen(ConfirmScreen(f"Quit and end {count}?", facts, "quit"), answered)


def _exit(app: OllamaTuiApp) -> None:
    """End the program, once what waits to be deleted is deleted."""
    if not app.deleting:
        app.exit()
        return

    async def finish_and_exit() -> None:
        await finish(app)
        app.exit()

    app.is_leaving = True
    app.tell(f"Deleting {units.named(list(app.deleting), 'model')}, then quitting…")
    app.run_worker(finish_and_exit(), group="end")
