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


# As it stands in the database of a queue that was never updated, and the manifest that it had begun to publish.
STORED = (
    '{"version": 1, "prompt_id": 7, "job_id": 12, "attempt": 1, "staging": "/out/.vq-staging/home1/p7-a1",'
    ' "staged": "/out/.vq-staging/home1/p7-a1/output", "stem": "clip", "ext": "", "is_set": true,'
    ' "final": "/out/job/clip", "method": "rename", "manifest_method": "link",'
    ' "files": [{"member": "clip_001.mp4", "source": "/scratch/a.mp4", "kind": "video", "bytes": 5, "sha256": "ab",'
    ' "width": 96, "height": 64, "frames": 24, "fps": 24.0, "duration": 1.0},'
    ' {"member": "clip.srt", "source": "/scratch/a.srt", "kind": "text", "bytes": 2, "sha256": "cd",'
    ' "width": null, "height": null, "frames": null, "fps": null, "duration": null}],'
    ' "manifest": {"seed": "1152921504606846976"}}'
)
PUBLISHED = """{
 "seed": "1152921504606846976",
 "artifacts": [
  {
   "name": "clip/clip_001.mp4",
   "kind": "video",
   "bytes": 5,
   "sha256": "ab",
   "width": 96,
   "height": 64,
   "frames": 24,
   "fps": 24.0,
   "duration": 1.0
  },
  {
   "name": "clip/clip.srt",
   "kind": "text",
   "bytes": 2,
   "sha256": "cd",
   "width": null,
   "height": null,
   "frames": null,
   "fps": null,
   "duration": null
  }
 ]
}
"""


def test_an_intent_of_an_older_version_still_gives_the_manifest_that_it_gave_then() -> None:
    intent = load_intent(STORED)
    assert intent.manifest_text == PUBLISHED
    assert intent.publication().files[1].path == "/out/job/clip/clip.srt"


def test_another_version_has_another_manifest_but_the_same_mark(desk: Desk) -> None:
    asyncio.run(publish(desk.plan([desk.clip()]), desk.area, commit_intent=desk.commit))
    (intent,) = desk.intents
    renamed = intent.renamed()
    assert renamed.final_path.name == "clip_v2.mp4"
    assert '"clip_v2.mp4"' in renamed.manifest_text
    assert renamed.mark == intent.mark
    assert renamed.publication().files[0].path == str(renamed.final_path)
