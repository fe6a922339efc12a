"""LocalDownloads that are leased, looked at until something is so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import Pull

Lease = AsyncGenerator[Pull, None]
OpenLease = Callable[..., Lease]
"""Takes what `LocalDownloads.lease` takes."""


async def until(pulls: Lease, is_so: Callable[[Pull], object]) -> Pull:
    """The first moment of a download at which it is so; the lease stays open."""
    async for pull in pulls:
        if is_so(pull):
            return pull
    raise AssertionError("it ended before it was so")


async def arriving(pulls: Lease) -> Pull:
    """Wait until the bytes come."""
    return await until(pulls, lambda pull: pull.fetched > 0)


async def ending(pulls: Lease) -> Pull:
    """Wait for the end; the lease stays open."""
    return await until(pulls, lambda pull: pull.state.has_ended)


async def last(pulls: Lease) -> Pull:
    """Hold a lease to its end."""
    async with aclosing(pulls):
        return [pull async for pull in pulls][-1]


async def all_arriving(downloads: LocalDownloads) -> None:
    """Wait, without a claim, until there are downloads and the bytes of each come."""
    async with aclosing(downloads.watch()) as changes:
        async for pulls in changes:
            if pulls and all(pull.fetched for pull in pulls):
                return


async def become_true(is_so: Callable[[], object]) -> None:
    """Wait for something that nobody tells."""
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(0)
