"""Files become jobs together with their rows of the ledger, or not at all."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tests.services.watch.watched import Watched


def test_a_file_whose_settings_name_no_workflow_is_refused_and_the_others_are_taken(
    watched: Watched, clip: Path
) -> None:
    watched.add()
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        shutil.copy(clip, watched.folder / name)
    (watched.folder / "a.mp4.vq.yaml").write_text("workflow: nosuch\n")
    (watched.folder / "b.mp4.vq.yaml").write_text("params: {nosuch: 1}\n")
    watched.scan()
    watched.scan(after=5)
    assert watched.inputs() == [["c.mp4"]]
    files = watched.files()
    assert {files[name].rule for name in ("a.mp4", "b.mp4")} == {"sidecar"}
    assert "nosuch" in files["a.mp4"].reason
    assert "nosuch" in files["b.mp4"].reason


def test_settings_beside_a_file_may_name_no_file_outside_the_roots(watched: Watched, clip: Path) -> None:
    """Whoever can write to a shared folder could else have any file of the machine rendered."""
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    (watched.folder / "a.mp4.vq.yaml").write_text("output_dir: /etc/vq\n")
    watched.scan()
    watched.scan(after=5)
    assert watched.inputs() == []
    assert watched.files()["a.mp4"].rule == "sidecar"
    assert "/etc/vq" in watched.files()["a.mp4"].reason


@pytest.mark.parametrize("inside", ["drop/out", "link/out", "second"])
def test_settings_beside_a_file_may_send_its_outputs_into_no_watched_folder(
    clip: Path, tmp_path: Path, inside: str
) -> None:
    with closing(Watched(tmp_path, roots=[str(tmp_path)])) as watched:
        (tmp_path / "second").mkdir()
        (tmp_path / "link").symlink_to(watched.folder)
        watched.add()
        watched.add(path=str(tmp_path / "second"))
        shutil.copy(clip, watched.folder / "a.mp4")
        (watched.folder / "a.mp4.vq.yaml").write_text(f"output_dir: {tmp_path / inside}\n")
        watched.scan()
        watched.scan(after=5)
        assert (watched.inputs(), watched.files()["a.mp4"].rule) == ([], "sidecar")
        assert "inside the watched folder" in watched.files()["a.mp4"].reason
        (watched.folder / "a.mp4.vq.yaml").write_text(f"output_dir: {tmp_path / 'third'}\n")
        watched.scan(after=20)
        assert watched.inputs() == [["a.mp4"]]


def test_each_job_draws_a_seed_of_its_own(watched: Watched, clip: Path) -> None:
    watched.add()
    for number in range(4):
        shutil.copy(clip, watched.folder / f"{number}.mp4")
    watched.scan()
    watched.scan(after=5)
    seeds = {
        watched.ask(lambda services, id_=job.id: services.lookup.prompts(id_)).items[0].seed
        for job in watched.jobs()
    }  # type: ignore[misc]
    assert len(seeds) == 4


def test_a_watch_that_is_removed_while_its_files_are_judged_makes_no_job(
    watched: Watched, clip: Path
) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    rows = watched.files()
    watched.ask(lambda services: services.watches.remove(1))
    watched.clock.skip(5)
    watched.ask(lambda services: services.watches.scanner.scan(1))
    assert (len(rows), watched.jobs()) == (1, [])
