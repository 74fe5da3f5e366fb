"""A bundle holds what a bug report needs, and nothing that is the artist's or secret."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from video_queue.services.doctor.bundle import Facts, make_bundle
from video_queue.services.doctor.check import check
from video_queue.settings import load_settings
from video_queue.system.home.secret import ensure_secret

FACTS = Facts(6, {"queued": 2}, {"queued": 5}, [{"code": "gpu_memory", "prompts": 3}])


def test_a_bundle_masks_secrets_and_the_users_folder(tmp_path: Path) -> None:
    flags = {
        "server.token": "very secret token",
        "notify.webhook": "https://hooks.example/T0/abc",
        "notify.command": ["curl", "--user", "me:password"],
        "when_done_command": ["curl", "--key", "last words"],
        "comfy.url": "http://me:password@127.0.0.1:8188",
    }
    settings = load_settings(tmp_path / "home", flags, {})
    settings.ensure_home()
    secret, user = ensure_secret(settings.home), str(Path.home())
    settings.logs_dir.joinpath("vq.log").write_text(
        f"{user}/clips/a.mp4 of very secret token and {secret} to https://hooks.example/T0/abc\n"
        "a value (input_value='a cat in ink', input_type=str)\n"
    )
    archive = zipfile.ZipFile(
        io.BytesIO(make_bundle(settings, [check("home", "ok", f"{user}/vq is local")], FACTS))
    )
    parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(parts) == {"doctor.json", "system.json", "counts.json", "settings.json", "vq.log"}
    whole = "".join(parts.values())
    for text in ("very secret", secret, "T0/abc", "me:password", "last words", "a cat in ink", f"{user}/"):
        assert text not in whole, text
    assert parts["vq.log"].startswith("~/clips/a.mp4 of *** and *** to ***\n")
    assert json.loads(parts["doctor.json"])[0]["message"] == "~/vq is local"
    assert json.loads(parts["system.json"])["schema"] == 6
    assert json.loads(parts["counts.json"])["failures"] == [{"code": "gpu_memory", "prompts": 3}]
