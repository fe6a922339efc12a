"""What a person does with each act's key in a dashboard of the demo's models, and what they see."""

from tests.terminal.deeds import downloads, looking, models, moving, program, running
from tests.terminal.deeds.steps import DEEDS, FIRST

__all__ = ["DEEDS", "FIRST", "downloads", "looking", "models", "moving", "program", "running"]
