"""`python -m ollama_tui` is the command `ollama-tui`."""

import sys

from ollama_tui.cli import main

sys.exit(main())
