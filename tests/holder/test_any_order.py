"""Anything in any order: each download ends as it was chosen, and nothing is lost or left over.

Every interleaving has a state folder of its own, a server on a socket and real holder processes.
They wait more than they work, so many run side by side; each seed tells of its own. One alone:
`pytest "tests/holder/test_any_order.py" -k "[17]"`.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.journal import Journal
from ollama_tui.core.names import name_key
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.holder import start
from ollama_tui.holder.client import HeldDownloads
from tests.holder import forked
from tests.holder.driving import FAULTS, KEPT, LAST, LEASED, SERVER, Census, World
from tests.holder.holding import no_holder

_INTERLEAVINGS = 120
_SIDE_BY_SIDE = 20
_STEPS = 4
_PATIENCE = 90.0
_CLOCKS_DIFFER = 0.02

DONE, PAUSED, CANCELLED = PullState.DONE, PullState.PAUSED, PullState.CANCELLED
Seen = tuple[dict[str, Pull], tuple[EndedPull, ...]]


class Dashboard:
    """A program that watches, until it is closed in the middle of whatever it does."""

    def __init__(self, downloads: HeldDownloads, group: asyncio.TaskGroup) -> None:
        self.downloads = downloads
        self._watching = group.create_task(self._watch())

    async def _watch(self) -> None:
        async with aclosing(self.downloads.watch()) as changes:
            async for pulls in changes:
                names = [name_key(pull.name) for pull in pulls]
                assert len(names) == len(set(names)), f"twice in the list: {names}"

    async def close(self) -> None:
        """Be gone."""
        self.downloads.close()
        self._watching.cancel()
        await asyncio.wait([self._watching])


class User:
    """Does what comes to its mind, on two dashboards, and knows what it chose last."""

    def __init__(self, seed: int, world: World, census: Census) -> None:
        self.chosen: dict[str, PullState] = {}
        self.begun: dict[str, list[tuple[float, float]]] = {name: [] for name in (*KEPT, LAST)}
        """From when to when each was being started or resumed, in seconds since 1970."""
        self.story: list[str] = []
        self._random = random.Random(seed)
        self._world, self._census = world, census
        self._dashboards: list[Dashboard] = []
        self._group = asyncio.TaskGroup()
        """What goes on meanwhile; if anything of it fails, all of it ends."""

    async def act(self) -> None:
        """Do this and that, some of it at the same time, and then let all of it come to rest."""
        async with self._group:
            self._dashboards = [await self._dashboard(), await self._dashboard()]
            for _ in range(_STEPS):
                await self._step()
            for dashboard in self._dashboards:
                await dashboard.close()

    async def have_what_is_wanted(self) -> None:
        """Resume what is unfinished, until all that was not given up is there."""
        async with self._world.client() as downloads:
            async with aclosing(downloads.watch()) as changes:
                async for pulls in changes:
                    if await self._is_content(downloads, pulls):
                        break
            await self._begin(LAST, downloads.start(LAST))
            async with aclosing(downloads.follow(LAST)) as lasts:
                states = [pull.state async for pull in lasts]
            assert states[-1] is DONE, states

    async def look(self) -> Seen:
        """The list and the history, as one sees them who comes now."""
        downloads = self._world.client()
        async with aclosing(downloads.watch()) as changes:
            pulls = await anext(changes)
        return {name_key(pull.name): pull for pull in pulls}, downloads.history

    async def _is_content(self, downloads: HeldDownloads, pulls: Iterable[Pull]) -> bool:
        states = {name_key(pull.name): pull.state for pull in pulls}
        wanted = [name for name, state in self.chosen.items() if state is DONE]
        for name in wanted:
            state = states.get(name)
            if state is PullState.FAILED:
                await self._begin(name, downloads.start(name))
            elif state is not None and state.is_held:
                await self._begin(name, downloads.resume(name))
            elif state is None:
                ends = ends_of(name, downloads.history)
                assert ends, f"{name} is lost"
                assert ends[0].outcome is Outcome.FINISHED, f"{name} is not there: {ends}"
        return all(states.get(name, DONE) is DONE for name in wanted)

    async def _step(self) -> None:
        async with asyncio.TaskGroup() as acts:
            for name in self._random.sample(KEPT, self._random.choice((1, 1, 2))):
                acts.create_task(self._act_on(name))
            if self._random.random() < 0.5:
                acts.create_task(self._meet_with_trouble())
        await asyncio.sleep(self._random.choice((0, 0.05, 0.2)))

    async def _act_on(self, name: str) -> None:
        acts: tuple[Callable[[str], Coroutine[Any, Any, None]], ...] = (
            *(self._start, self._start, self._start_twice, self._start_and_leave),
            *(self._pause, self._resume, self._cancel),
        )
        act = self._random.choice(acts)
        self._note(f"{act.__name__} {name}")
        await act(name)
        self._note(f"{act.__name__} {name} done: {self.chosen.get(name)}")

    async def _start(self, name: str) -> None:
        self.chosen[name] = DONE
        await self._begin(name, self._any().start(self._spelling(name)))

    async def _start_twice(self, name: str) -> None:
        await asyncio.gather(self._start(name), self._start(name))

    async def _start_and_leave(self, name: str) -> None:
        """Close the dashboard while it starts a download, and start it on the next one."""
        number = self._random.randrange(len(self._dashboards))
        leaving = self._dashboards[number]
        self._dashboards[number] = await self._dashboard()
        asked = time.time()
        starting = self._group.create_task(leaving.downloads.start(self._spelling(name)))
        await asyncio.wait([starting], timeout=self._random.random() / 20)
        starting.cancel()
        await asyncio.wait([starting])
        await leaving.close()
        await self._start(name)
        self.begun[name].append((asked, time.time()))

    async def _pause(self, name: str) -> None:
        await self._any().pause(name)
        state = await self._state(name)
        if state is not None and not state.has_ended:
            assert state.is_held, f"{name} was paused and is {state}"
            self.chosen[name] = PAUSED

    async def _resume(self, name: str) -> None:
        if self.chosen.get(name) is PAUSED:
            self.chosen[name] = DONE
        await self._begin(name, self._any().resume(name))

    async def _cancel(self, name: str) -> None:
        asked, downloads = time.time(), self._any()
        await downloads.cancel(name)
        answered = {name_key(pull.name): pull.state for pull in downloads.pulls}.get(name)
        assert answered is None or answered.has_ended, f"{name} was cancelled and is {answered}"
        pulls, history = await self.look()
        ends = [one for one in ends_of(name, history) if one.outcome is Outcome.CANCELLED]
        if any(one.ended_at >= asked - _CLOCKS_DIFFER for one in ends):
            assert name not in pulls or pulls[name].state is CANCELLED, f"{name}: {pulls[name]}"
            self.chosen[name] = CANCELLED
        else:
            # It had ended before, or there was none.
            assert answered is not CANCELLED or self.chosen[name] is CANCELLED, history

    async def _lease(self) -> None:
        """Want a model for a while, as the HTTP API does."""
        until = time.monotonic() + self._random.random()
        async with self._world.client() as client, aclosing(client.lease(LEASED)) as pulls:
            async for _ in pulls:
                if time.monotonic() > until:
                    break

    async def _meet_with_trouble(self) -> None:
        trouble = self._random.choice(
            ("kill", "end", "server", "server", "fault", "fault", "lease")
        )
        await asyncio.sleep(self._random.choice((0, 0.01, 0.03, 0.1)))
        seconds = self._random.choice((0.2, 0.4, 0.8)) * self._random.random()
        self._note(f"{trouble} for {seconds:.2f} s")
        if trouble == "kill":
            self._census.signal(self._world, signal.SIGKILL)
        elif trouble == "end":
            self._census.signal(self._world, signal.SIGTERM)
        elif trouble == "server":
            loses = self._random.random() < 0.5
            self._meanwhile(self._world.restart(seconds, loses=loses))
        elif trouble == "fault":
            fault, name = self._random.choice(FAULTS), self._random.choice(KEPT)
            self._note(f"{name}: {fault}")
            self._meanwhile(self._world.fault(name, fault, seconds))
        else:
            self._meanwhile(self._lease())

    def _meanwhile(self, trouble: Coroutine[Any, Any, None]) -> None:
        self._group.create_task(trouble)

    async def _dashboard(self) -> Dashboard:
        return Dashboard(await self._world.client().__aenter__(), self._group)

    async def _begin(self, name: str, beginning: Coroutine[Any, Any, object]) -> None:
        asked = time.time()
        await beginning
        self.begun[name].append((asked, time.time()))

    async def _state(self, name: str) -> PullState | None:
        pulls, _ = await self.look()
        return pulls[name].state if name in pulls else None

    def _any(self) -> HeldDownloads:
        return self._random.choice(self._dashboards).downloads

    def _spelling(self, name: str) -> str:
        model = name.removesuffix(":latest")
        spellings = (model, name, name.upper().replace("LATEST", "latest"), f"library/{model}")
        return self._random.choice((*spellings, f" registry.ollama.ai/library/{name} "))

    def _note(self, what: str) -> None:
        self.story.append(f"{time.monotonic():.2f} {what}")


def ends_of(name: str, history: tuple[EndedPull, ...]) -> list[EndedPull]:
    """How a model's downloads ended, the newest first."""
    return [ended for ended in history if name_key(ended.name) == name]


def complaints(user: User, world: World, census: Census, seen: Seen) -> list[str]:
    """What is not as it should be when all is over."""
    pulls, history = seen
    found = [f"left behind: {what}" for what in world.left_behind()]
    found += [f"{digest}: {more} bytes too many" for digest, more in world.wrong_bytes().items()]
    if census.most[str(world.place.folder)] > 1:
        found.append("two holders at once")
    if world.emulator.downloads.running:
        found.append("the server still pulls")
    for name, chosen in user.chosen.items():
        state = pulls[name].state if name in pulls else None
        if not _is_as_chosen(chosen, state, world.is_installed(name)):
            found.append(f"{name} is {state}, and {chosen} was chosen")
    if LEASED in pulls:
        found.append(f"nobody wants {pulls[LEASED]} any more")
    held = {name for name, pull in pulls.items() if pull.state.is_held}
    on_disk = Journal(world.place.journal).read(SERVER).unfinished
    if {name_key(one.name) for one in on_disk} != held:
        found.append(f"on disk: {on_disk}, held: {held}")
    return found + told_twice(user, history)


def told_twice(user: User, history: tuple[EndedPull, ...]) -> list[str]:
    """Ends of one model between which nobody began it again."""
    found = []
    for name, begun in user.begun.items():
        for other, one in pairwise(ends_of(name, history)):
            since, until = one.ended_at - _CLOCKS_DIFFER, other.ended_at + _CLOCKS_DIFFER
            if not any(asked <= until and answered >= since for asked, answered in begun):
                found.append(f"told twice: {one} {other}")
    return found


def _is_as_chosen(chosen: PullState, state: PullState | None, is_installed: bool) -> bool:
    if chosen is DONE:
        return state in (DONE, None) and is_installed
    if chosen is PAUSED:
        return state is not None and state.is_held
    return state in (CANCELLED, None)


async def driven(seed: int, census: Census) -> str:
    """Run one interleaving; what is wrong with it, empty if nothing is."""
    async with World() as world:
        user = User(seed, world, census)
        try:
            async with asyncio.timeout(_PATIENCE):
                await user.act()
                await user.have_what_is_wanted()
                seen = await user.look()
                await no_holder(world.place)
            found = complaints(user, world, census, seen)
        except Exception:  # noqa: BLE001 - whatever it is, it is this seed's, and the others go on
            found = [traceback.format_exc()]
            census.signal(world, signal.SIGKILL)
            await no_holder(world.place)
        return "\n".join([*found, *user.story]) if found else ""


@asynccontextmanager
async def counting() -> AsyncIterator[Census]:
    """A census that is taken meanwhile."""
    census = Census()
    counting = asyncio.create_task(census.count())
    yield census
    counting.cancel()


async def all_driven(seeds: list[int]) -> dict[int, str]:
    """Run interleavings side by side."""
    # A holder's start keeps a thread waiting.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * _SIDE_BY_SIDE))
    turn = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def in_turn(seed: int) -> str:
        async with turn:
            return await driven(seed, census)

    async with counting() as census:
        return dict(zip(seeds, await asyncio.gather(*map(in_turn, seeds)), strict=True))


@pytest.fixture(scope="module")
def wrong(request: pytest.FixtureRequest) -> dict[int, str]:
    """What is wrong, by seed, for those seeds that were asked for."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    calls = [item.callspec.params for item in items if item.function is test_nothing_is_lost]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(start, "_is_run", forked.is_run)
        return asyncio.run(all_driven([int(str(params["seed"])) for params in calls]))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(_INTERLEAVINGS))
def test_nothing_is_lost(seed: int, wrong: dict[int, str]) -> None:
    assert not wrong[seed], wrong[seed]
