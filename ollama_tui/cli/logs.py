"""`--log-level`: what the libraries below say while they work."""

from __future__ import annotations

import logging

from ollama_tui.config import Settings
from ollama_tui.core.files import open_private, unwritable
from ollama_tui.core.log_lines import LogLines


def start_log(level: str, settings: Settings, *, to_file: bool) -> None:
    """Write log lines of that level and above to stderr, or to the log file.

    Raises:
        StateUnwritable: when the file cannot be written.
    """
    target = _file(settings) if to_file else logging.StreamHandler()
    target.setFormatter(LogLines((settings.key, settings.token)))
    logging.getLogger().addHandler(target)
    logging.getLogger().setLevel(level.upper())


def _file(settings: Settings) -> logging.Handler:
    path = settings.paths.log
    try:
        return logging.StreamHandler(open_private(path))
    except OSError as error:
        raise unwritable(path, error) from error
