"""Intents survive being stored, and make the same decisions afterwards."""

from __future__ import annotations

import asyncio

from tests.outputs.desk import Desk
from video_queue.outputs.intent import dump_intent, load_intent
from video_queue.outputs.publisher import publish


def test_a_stored_intent_is_the_same_intent(desk: Desk) -> None:
    asyncio.run(publish(desk.plan(desk.frames(), name="長い"), desk.area, commit_intent=desk.commit))
    (intent,) = desk.intents
    read = load_intent(dump_intent(intent))
    assert read == intent
    assert (read.mark, read.manifest_text) == (intent.mark, intent.manifest_text)
    assert 1_000_000_000 <= read.mark < 2_100_000_000
    assert read.mark % 2 == 0


def test_another_version_has_another_manifest_but_the_same_mark(desk: Desk) -> None:
    asyncio.run(publish(desk.plan([desk.clip()]), desk.area, commit_intent=desk.commit))
    (intent,) = desk.intents
    renamed = intent.renamed()
    assert renamed.final_path.name == "clip_v2.mp4"
    assert '"clip_v2.mp4"' in renamed.manifest_text
    assert renamed.mark == intent.mark
    assert renamed.publication().files[0].path == str(renamed.final_path)
