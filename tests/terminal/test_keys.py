"""Each key of the help, as a person presses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ollama_tui.core.acts import ACTS, MOVES
from tests.core.gpus.stub import COMPILER, built
from tests.emulators import Serve
from tests.terminal.conftest import Homes, a_server
from tests.terminal.deeds import DEEDS, FIRST
from tests.terminal.person import Person

NEED_GPUS = ("view.fitting", "panel.gpus")
LEAVES = "program.quit"
"""Comes last, since the next test has to start a dashboard."""
WIDE, NARROW = "120x40", "80x24"
KEYS = sorted(
    (
        (size, act.id, key)
        for size in (WIDE, NARROW)
        for act in (*ACTS, *MOVES)
        # Which keys an act has is the same in each size.
        for key in (act.keys if size == WIDE else act.keys[:1])
    ),
    key=lambda pressed: (pressed[0] == NARROW, pressed[1] == LEAVES),
)


@dataclass
class Shared:
    """A dashboard that tests share, one after the other."""

    start: Callable[[], Person]
    someone: Person | None = None

    @contextmanager
    def person(self) -> Iterator[Person]:
        """Somebody at the dashboard as it is at first; where a test failed it is begun anew."""
        person, self.someone = self.someone or self.start(), None
        try:
            yield person
            if not person.has_ended:
                comes_to_rest(person)
                self.someone = person
        finally:
            if self.someone is None:
                person.end()


def comes_to_rest(person: Person) -> None:
    person.presses("escape", "escape", "1")
    person.sees("d delete")
    person.presses("g")
    person.is_on(FIRST)


@pytest.fixture(scope="module")
def dashboard(
    request: pytest.FixtureRequest, serve: Serve, new_home: Homes, drivers: Path
) -> Iterator[Shared]:
    """A dashboard of that size, on a server of its own."""

    columns, lines = map(int, request.param.split("x"))

    def start() -> Person:
        url = serve(a_server())
        person = Person(new_home(), url, size=(columns, lines), LD_LIBRARY_PATH=str(drivers))
        person.sees("assistant:latest", "3 loaded", "? help", *(["FIT"] if COMPILER else []))
        return person

    shared = Shared(start)
    yield shared
    if shared.someone:
        shared.someone.end()


@pytest.fixture(scope="module")
def drivers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with NVIDIA's library, where one can be built."""
    folder = tmp_path_factory.mktemp("drivers")
    return built(folder) if COMPILER else folder


@pytest.mark.parametrize(("dashboard", "act", "key"), KEYS, indirect=["dashboard"], scope="module")
def test_each_key_does_what_the_help_says(dashboard: Shared, act: str, key: str) -> None:
    if act in NEED_GPUS and not COMPILER:
        pytest.skip("there is no C compiler for a driver of GPUs")

    with dashboard.person() as person:
        DEEDS[act](person, key)


def test_no_row_is_of_an_act_that_there_is_no_more() -> None:
    assert DEEDS.keys() == {act for _, act, _ in KEYS}
