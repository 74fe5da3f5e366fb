"""From an upload to the finished file in the browser, with the real worker and the real ffmpeg."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.api.running import running_api
from tests.media_clips import codes_of, make_clip


def test_an_uploaded_clip_becomes_a_playable_output(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 12)
    with (
        running_api(tmp_path / "home", work=True) as api,
        api.client() as client,
        connect(api.socket_url) as socket,
    ):
        uploaded = client.post("/api/uploads", files={"file": ("my clip.mp4", clip.read_bytes())}).json()
        answer = client.post("/api/jobs", json={"workflow": "transcode", "inputs": [uploaded["path"]]})
        assert answer.status_code == 201, answer.text
        job = answer.json()
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["type"] != "job.finished":
            seen.append(json.loads(socket.recv(60)))
        types = [event["type"] for event in seen if event["id"] is not None]
        assert types.index("job.created") < types.index("prompt.finished")
        assert types.index("prompt.finished") < types.index("job.finished")
        finished = client.get(f"/api/jobs/{job['id']}").json()
        assert (finished["state"], finished["error"]) == ("succeeded", None)
        outputs = client.get(f"/api/jobs/{job['id']}/outputs").json()["items"]
        assert len(outputs) == 1
        base = f"/api/artifacts/{outputs[0]['id']}"
        received = tmp_path / "made.mp4"
        received.write_bytes(client.get(base).content)
        assert codes_of(received) == list(range(12))
        assert client.get(f"{base}/thumbnail").headers["content-type"] == "image/webp"
        assert client.get(f"{base}/preview").headers["content-type"] == "video/mp4"
        archive = zipfile.ZipFile(io.BytesIO(client.get(f"/api/jobs/{job['id']}/outputs.zip").content))
        assert archive.namelist() == [outputs[0]["name"]]
        assert client.get(f"/api/jobs/{job['id']}/log").text
        assert client.get("/api/stats").json()["prompts"]["succeeded"] == 1
