"""`--log-level`: what the libraries below say while they work."""

from __future__ import annotations

import logging
import re

from ollama_tui.config import Settings
from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.text import clean_lines


class _CleanFormatter(logging.Formatter):
    """Lines without passwords in addresses and without control characters."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it may be written down."""
        return clean_lines(re.sub(r"//[^/@\s]*@", "//", super().format(record)))


def start_log(level: str, settings: Settings, *, to_file: bool) -> None:
    """Write log lines of that level and above to stderr, or to the log file.

    Raises:
        StateUnwritable: when the file cannot be written.
    """
    target = _file(settings) if to_file else logging.StreamHandler()
    target.setFormatter(_CleanFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(target)
    logging.getLogger().setLevel(level.upper())


def _file(settings: Settings) -> logging.Handler:
    path = settings.paths.log
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StateUnwritable(
            f"{path} could not be written: {reason}", "Make its folder writable for you."
        ) from error
