"""Proxies with the real ffmpeg: what browsers cannot play plays, and nothing is made that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.media_clips import codes_of, make_clip, make_junk
from video_queue.db.children import list_children
from video_queue.domain.views import Artifact
from video_queue.media.browser import playable_type
from video_queue.media.facts import probe
from video_queue.services.viewing.proxies import Proxies
from video_queue.settings import load_settings
from video_queue.wiring import Services, close_services, open_services

_PRORES: dict[str, Any] = {"codec": "prores_ks", "pixels": "yuv422p10le", "sound": "pcm_s16le"}


def output(path: Path, number: int = 1) -> Artifact:
    """A file as it was published."""
    return Artifact(
        id=number, job_id=1, prompt_id=1, phase="encode", kind="video", role="output", name=path.name,
        path=str(path), bytes=path.stat().st_size,
    )  # fmt: skip


@asynccontextmanager
async def at_work(
    home: Path, *, patience: float = 10, **overrides: Any
) -> AsyncIterator[tuple[Services, Proxies]]:
    """The proxies of a home, being made as they are wanted."""
    services = await open_services(load_settings(home, overrides, {}))
    proxies = Proxies(services.db, services.settings, patience=patience)
    task = asyncio.create_task(proxies.run())
    try:
        yield services, proxies
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await close_services(services)


async def wait_for(proxies: Proxies, artifact: Artifact, *states: str) -> Any:
    """Ask until the proxy is in one of `states`; its path."""
    async with asyncio.timeout(120):
        while True:
            proxy, path = await proxies.ask(artifact)
            if proxy.state in states:
                return path or proxy
            await asyncio.sleep(0.02)


def test_a_master_of_ten_bits_plays_with_every_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "master.mov", 24, **_PRORES)

    async def story() -> Path:
        async with at_work(tmp_path / "home") as (services, proxies):
            path: Path = await wait_for(proxies, output(clip), "ready")
            assert await services.db.read(list_children) == []
            return path

    proxy_path = asyncio.run(story())
    assert playable_type(proxy_path) == "video/mp4"
    assert codes_of(proxy_path) == list(range(24))


def test_hdr_is_seen_as_sdr(tmp_path: Path) -> None:
    tags = {"x265-params": "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=error"}
    clip = make_clip(tmp_path / "h.mp4", 4, codec="libx265", pixels="yuv420p10le", sound=None, options=tags)

    async def story() -> Path:
        async with at_work(tmp_path / "home") as (_, proxies):
            path: Path = await wait_for(proxies, output(clip), "ready")
            return path

    colour = probe(asyncio.run(story())).colour
    assert (colour.space, colour.transfer) == ("bt709", "bt709")


def test_a_clip_that_browsers_play_is_its_own(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 3)

    async def story() -> None:
        async with at_work(tmp_path / "home") as (_, proxies):
            proxy, path = await proxies.ask(output(clip))
            assert (proxy.state, path) == ("original", clip)

    asyncio.run(story())


def test_the_making_ends_when_nobody_asks_any_more(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "old.avi", 240, size=(640, 360), codec="mpeg4", sound=None)

    async def story() -> None:
        async with at_work(tmp_path / "home", patience=0.05) as (services, proxies):
            await wait_for(proxies, output(clip), "making")
            async with asyncio.timeout(30):
                while not await services.db.read(list_children):
                    await proxies.ask(output(clip))
                while await services.db.read(list_children):
                    await asyncio.to_thread(list, tmp_path.iterdir())

    asyncio.run(story())
    assert list((tmp_path / "home" / "cache" / "proxies").iterdir()) == []


def test_why_there_is_none_is_said_and_the_oldest_make_room(tmp_path: Path) -> None:
    junk, master = make_junk(tmp_path / "junk.mov"), make_clip(tmp_path / "master.mov", 3, **_PRORES)

    async def story() -> None:
        async with at_work(tmp_path / "home", **{"keep.proxies_gb": 1e-9}) as (_, proxies):
            failed = await wait_for(proxies, output(junk, 2), "failed")
            assert "junk.mov" in failed.message
            first: Path = await wait_for(proxies, output(master), "ready")
            master.write_bytes(master.read_bytes() + b"\0")
            second: Path = await wait_for(proxies, output(master), "ready")
            assert first != second
            assert (first.exists(), second.exists()) == (False, True)

    asyncio.run(story())
