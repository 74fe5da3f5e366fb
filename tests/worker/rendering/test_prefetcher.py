"""Preparations ahead of time: each is made once, and what is not taken is released."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from video_queue.domain.catalogue import fail
from video_queue.worker.rendering.prefetcher import Prefetcher


class Preparing:
    """Prepares what it is asked for once `ready` is set, and records what was begun and released."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.released: list[str] = []
        self.ready = asyncio.Event()
        self.prefetcher: Prefetcher[str] = Prefetcher(self.released.append)

    def start(self, name: str) -> None:
        self.prefetcher.start(name, lambda: self.prepare(name))

    async def take(self, name: str) -> str:
        return await self.prefetcher.take(name, lambda: self.prepare(name))

    async def prepare(self, name: str) -> str:
        self.begun.append(name)
        await self.ready.wait()
        return name

    async def turn(self) -> None:
        """Let everything that can run do so."""
        for _ in range(5):
            await asyncio.sleep(0)


def with_prefetcher(story: Callable[[Preparing], Awaitable[None]]) -> None:
    async def run() -> None:
        await story(Preparing())

    asyncio.run(run())


def test_what_was_prepared_ahead_is_taken_and_not_prepared_again() -> None:
    async def story(preparing: Preparing) -> None:
        preparing.ready.set()
        preparing.start("a")
        preparing.start("a")
        assert await preparing.take("a") == "a"
        preparing.prefetcher.drop_all()
        await preparing.turn()
        assert (preparing.begun, preparing.released) == (["a"], [])

    with_prefetcher(story)


def test_a_preparation_that_failed_ahead_is_made_again_when_it_is_due() -> None:
    async def story(preparing: Preparing) -> None:
        async def broken() -> str:
            raise fail("input_missing.gone", path="x")

        preparing.ready.set()
        preparing.prefetcher.start("a", broken)
        assert await preparing.take("a") == "a"

    with_prefetcher(story)


@pytest.mark.parametrize("ready", [True, False])
def test_what_is_dropped_leaves_nothing_behind(ready: bool) -> None:
    """Ready, it is released; not ready, it is cancelled."""

    async def story(preparing: Preparing) -> None:
        if ready:
            preparing.ready.set()
        preparing.start("a")
        await preparing.turn()
        preparing.prefetcher.drop("a")
        preparing.prefetcher.drop("never begun")
        await preparing.turn()
        assert preparing.released == (["a"] if ready else [])

    with_prefetcher(story)


def test_the_oldest_gives_way_when_there_are_too_many() -> None:
    async def story(preparing: Preparing) -> None:
        preparing.ready.set()
        for name in "abcdefg":
            preparing.start(name)
            await preparing.turn()
        assert preparing.released == ["a"]
        assert [await preparing.take(name) for name in "abcdefg"] == list("abcdefg")
        assert preparing.begun == list("abcdefga")

    with_prefetcher(story)


def test_a_caller_that_is_cancelled_while_it_waits_leaves_nothing_behind() -> None:
    """Also where the preparation is ready at the very moment of the cancellation."""

    async def story(preparing: Preparing) -> None:
        preparing.start("a")
        taking = asyncio.create_task(preparing.take("a"))
        await preparing.turn()
        preparing.ready.set()
        await asyncio.sleep(0)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        await preparing.turn()
        assert preparing.begun == preparing.released == ["a"]

    with_prefetcher(story)
