"""`python -m ollama_tui` is the command `ollama-tui`."""

import os
import sys

_first, _ours = sys.path[0], os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Python looks first where one stands, and a textual.py that lies there is no module of ours.
if os.path.isdir(_first) and os.path.samefile(_first, os.curdir) and _first != _ours:
    del sys.path[0]

from ollama_tui.cli import main  # noqa: E402 - not before the path is safe

sys.exit(main())
