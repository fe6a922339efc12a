"""`completion`: what a shell evaluates so that Tab completes commands, options and names."""

from __future__ import annotations

import argparse

from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, print_text
from ollama_tui.cli.parts import Parts


async def print_completion(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print the script of a shell; at each Tab it asks this program, see `completing`."""
    from argcomplete.shell_integration import shellcode

    # Without `-o default`: where nothing fits, bash would offer the names of files.
    script = shellcode(
        ["ollama-tui"], shell=options.shell, complete_arguments=["-o", "nospace"]
    ).strip()
    if options.json:
        print_json({"shell": options.shell, "script": script})
    else:
        print_text(script)
    return ExitCode.DONE
