"""`vq` without a server: it reads without a lock, writes with one, and fails with the documented code."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

import video_queue
from tests.terminal.processes import Vq, make_home
from video_queue.cli import COMMANDS, GROUPS, run, split_options
from video_queue.system.home.lock import HomeLock


def test_split_options_finds_them_anywhere() -> None:
    assert split_options(["ls", "--json", "-q", "--home", "x", "--server=y"]) == (
        ["--json", "-q", "--home", "x", "--server=y"],
        ["ls"],
    )
    assert split_options(["submit", "w", "--", "--json"]) == ([], ["submit", "w", "--", "--json"])


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Usage: vq" in shown
    assert name in GROUPS or "Example" in shown


def test_no_words_show_the_whole_tree(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in [*COMMANDS, *GROUPS])


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"video_queue {video_queue.__version__}\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["lss"], "ls"),
        (["ls", "--nope"], "--nope"),
        (["submit"], "WORKFLOW"),
        (["submit", "tiny", "--priority", "high"], "--priority"),
        (["submit", "tiny", "-p", "mirror"], "NAME=VALUE"),
        (["submit", "tiny", "--seeds", "x"], "1..4"),
        (["show", "x"], "12.3"),
        (["rm", "1.2"], "job"),
        (["move", "1"], "--to"),
        (["edit", "1"], "edit"),
        (["pause", "--for", "ever"], "30m"),
        (["--server", "ftp://x", "ls"], "http://"),
        (["config", "no.such"], "no.such"),
    ],
)
def test_usage_errors_exit_2(
    words: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_home(tmp_path / "home")
    assert run(["--home", str(home), *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ")
    assert "\nhint: " in shown.err
    assert expected in shown.err


@pytest.mark.parametrize(
    ("words", "exit_code", "code", "cause"),
    [
        (["submit", "tiny", "nope.mp4"], 2, "input_missing", "nope.mp4"),
        (["submit", "tiny", "--input-dir", "nope"], 2, "input_missing", "nope"),
        (["submit", "tiny", "--input-dir", "empty"], 2, "input_missing", "empty"),
        (["submit", "tiny", "empty"], 2, "input_unreadable", "empty"),
        (["submit", "tiny", "junk.mp4"], 2, "input_unreadable", "junk.mp4"),
        (["submit", "tinny", "a.mp4"], 3, "unknown_workflow", "tiny"),
        (["submit", "broken", "a.mp4"], 2, "validation", "broken.yaml"),
        (["submit", "cut", "a.mp4", "-p", "at_fram=1"], 2, "validation", "at_frame"),
        (["submit", "cut", "a.mp4", "-p", "at_frame=0"], 2, "validation", "at_frame"),
        (["submit", "tiny", "a.mp4", "-p", "mirror=sideways"], 2, "validation", "horizontal"),
        (["submit", "tiny", "a.mp4", "--sweep", "prompt=a,b"], 2, "validation", "prompt=["),
        (["submit", "tiny", "a.mp4", "--after", "99"], 3, "unknown_job", "99"),
        (["submit", "tiny", "a.mp4", "--if-exists", "replace"], 2, "validation", "--if-exists"),
        (["submit", "tiny", "a.mp4", "--limit", "0"], 2, "validation", "limit"),
        (["submit", "tiny"], 2, "validation", "video"),
        (["submit", "--batch", "night.yaml", "--priority", "3"], 2, "validation", "--priority"),
        (["show", "99"], 3, "unknown_job", "99"),
        (["show", "99.1"], 3, "not_found", "99.1"),
        (["cancel", "99"], 3, "unknown_job", "99"),
        (["workflow", "show", "nope"], 3, "unknown_workflow", "nope"),
        (["wait", "1"], 5, "server_unreachable", "vq serve"),
        (["follow"], 5, "server_unreachable", "vq serve"),
        (["submit", "tiny", "a.mp4", "--wait"], 5, "server_unreachable", "--run"),
        (["--server", "http://127.0.0.1:1", "ls"], 5, "server_unreachable", "127.0.0.1:1"),
        (["serve", "--host", "0.0.0.0"], 4, "forbidden_origin", "0.0.0.0"),
        (["db", "check"], 3, "not_found", "vq.db"),
    ],
)
def test_failures_name_cause_and_remedy(
    words: list[str],
    exit_code: int,
    code: str,
    cause: str,
    tmp_path: Path,
    clips: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = make_home(tmp_path / "home")
    there = [str(clips / word) if (clips / word).exists() else word for word in words]
    assert run(["--home", str(home), "--json", *there]) == exit_code
    shown = capsys.readouterr()
    (error,) = [json.loads(line)["error"] for line in shown.out.splitlines()]
    assert error.keys() == {"code", "message", "hint", "details"}
    assert error["code"] == code
    assert shown.err.startswith("error: ")
    assert f"({code})" in shown.err
    assert "\nhint: " in shown.err
    assert cause in shown.err
    assert not (home / "vq.db").exists() or not _jobs(home, capsys)


def _jobs(home: Path, capsys: pytest.CaptureFixture[str]) -> list[object]:
    assert run(["--home", str(home), "ls", "--json"]) == 0
    jobs: list[object] = json.loads(capsys.readouterr().out)["items"]
    return jobs


def test_all_problems_are_listed_at_once(
    tmp_path: Path, clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_home(tmp_path / "home")
    flags = ["-p", "at_frame=0", "-p", "wrong=1", "nope.mp4"]
    assert run(["--home", str(home), "submit", "cut", str(clips / "a.mp4"), *flags]) == 2
    shown = capsys.readouterr().err
    assert all(f"\n  {place}: " in shown for place in ("-p at_frame", "-p wrong", "INPUT 1"))


def test_reading_leaves_no_trace(tmp_path: Path, clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    for words in (
        ["ls"],
        ["status"],
        ["workflow", "ls"],
        ["config"],
        ["submit", "transcode", str(clips / "a.mp4"), "--dry-run"],
    ):
        assert run(["--home", str(home), *words]) == 0
        assert not home.exists()
    assert "1 prompt" in capsys.readouterr().out


def test_a_busy_lock_stops_writing_only(
    tmp_path: Path, clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = make_home(tmp_path / "home")
    assert run(["--home", str(home), "submit", "tiny", str(clips / "a.mp4"), "--print-id"]) == 0
    lock = HomeLock.acquire(home)
    try:
        assert run(["--home", str(home), "show", "1"]) == 0
        capsys.readouterr()
        assert run(["--home", str(home), "hold", "1"]) == 6
    finally:
        lock.release()
    shown = capsys.readouterr().err
    assert "(locked)" in shown
    assert "pid" in shown


def test_submit_edit_and_cancel(vq: Vq) -> None:
    result = vq(
        "submit", "tiny", "a.mp4", "b.mp4", "--sweep", "mirror=none,vertical", "--json", "--name", "two"
    )
    assert result.code == 0
    job = result.json
    assert (job["id"], job["counts"]["queued"], job["submitted_by"]) == (1, 4, "cli")
    again = vq("submit", "tiny", "a.mp4", "b.mp4", "--sweep", "mirror=none,vertical", "--json")
    assert (again.json["id"], again.json["reused"]) == (1, True)
    forced = vq("submit", "tiny", "-", "--force", "--print-id", "--front", stdin="a.mp4\nb.mp4\n")
    assert forced.out == "2\n"
    listed = vq("ls", "--queue", "--json").json
    assert [item["id"] for item in listed["items"]] == [2, 1]
    assert listed["counts"]["queued"] == 2
    assert vq("move", "1", "top").code == 0
    assert vq("edit", "1", "--tag", "x,y", "--note", "n", "--json").json["tags"] == ["x", "y"]
    assert vq("skip", "1.2", "1.3").out == "2 skipped\n"
    assert [item["state"] for item in [vq("show", "1.2", "--json").json]] == ["succeeded"]
    partly = vq("cancel", "1", "99", "--reason", "enough")
    assert (partly.code, "1 cancelled" in partly.out, "(unknown_job)" in partly.err) == (7, True, True)
    plain = vq("ls").out.splitlines()
    assert [line.split("\t")[0] for line in plain] == ["2", "1"]
    shown = vq("show", "1").out
    assert "1.4\tcancelled" in shown


def test_several_words_choose_the_jobs_that_move(vq: Vq) -> None:
    for tag in ("day", "night", "night"):
        assert vq("submit", "tiny", "a.mp4", "--force", "--tag", tag).code == 0
    moved = vq("move", "state:queued", "tag:night", "top")
    assert (moved.code, moved.out) == (0, "2 moved\n")
    assert [item["id"] for item in vq("ls", "--queue", "--json").json["items"]] == [2, 3, 1]


def test_run_works_the_queue_until_it_is_empty(vq: Vq) -> None:
    assert vq("submit", "cut", "a.mp4", "--sweep", "at_frame=2,5000").code == 0
    ran = vq("run", "--json")
    assert (ran.code, ran.err) == (0, "")
    types = [event["type"] for event in ran.lines]
    assert [type_ for type_ in types if type_ != "notification"][-1] == "job.finished"
    assert vq("ls", "--json").json["items"][0]["state"] == "partial"
    prompt = vq("show", "1.2", "--json").json
    assert prompt["error"]["code"] == "media_failed"
    shown = vq("show", "1.2").out
    assert "failed in split: " in shown
    assert "hint: " in shown
    paths = vq("outputs", "1").out.splitlines()
    assert len(paths) == 2
    assert all(Path(path).is_file() for path in paths)
    log = vq("log", "1.1", "--tail", "1")
    assert (log.code, len(log.out.splitlines())) == (0, 1)
    assert vq("retry", "1").code == 0
    assert vq("db", "check", "--json").json == {"ok": True, "problems": []}
    assert Path(vq("db", "backup").out.strip()).is_file()


def test_submit_run_ends_with_the_jobs_own_code(vq: Vq) -> None:
    assert vq("submit", "cut", "a.mp4", "--run", "-p", "at_frame=5000", "-q").code == 1
    done = vq("submit", "cut", "a.mp4", "--run", "--print-id")
    assert (done.code, done.out) == (0, "2\n")
    assert "job.finished" in done.err
    first, *others = vq("outputs", "2").out.splitlines()
    Path(first).write_bytes(b"my own grade")
    removed = vq("rm", "2", "--outputs")
    assert (removed.code, removed.out) == (0, "2 deleted\n")
    assert removed.err.startswith(f"kept {first}: it has 12 bytes")
    assert not any(Path(path).exists() for path in others)
    result = vq("submit", "cut", "b.mp4", "--run", "--json")
    assert [(item["id"], item["state"]) for item in result.lines] == [(3, "queued"), (3, "succeeded")]


def test_rows_and_seeds(vq: Vq, tmp_path: Path) -> None:
    table = tmp_path / "shots.csv"
    table.write_text(f"input;mirror\n{vq.cwd / 'a.mp4'};vertical\n{vq.cwd / 'b.mp4'};\n")
    preview = vq(
        "submit", "tiny", "--rows", str(table), "--seeds", "3,18446744073709551615", "--dry-run", "--json"
    )
    assert preview.code == 0
    assert preview.json["prompts"] == 4
    seeds = [item["params"]["seed"] for item in preview.json["sample"]]
    assert [str(seed) for seed in seeds] == ["3", "18446744073709551615"] * 2
    refused = vq("submit", "tiny", "nope.mp4", "--dry-run")
    assert (refused.code, "nope.mp4" in refused.err) == (2, True)


def test_workflow_check_names_line_and_key(vq: Vq) -> None:
    checked = vq("workflow", "check", "broken", "tiny")
    assert checked.code == 2
    assert "tiny: ok" in checked.out
    assert "broken.yaml: line 3: phases" in checked.out
    assert vq("workflow", "check", "tiny").code == 0
    assert vq("workflow", "schema", "tiny").json["type"] == "object"


def test_config_shows_and_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    assert run(["--home", str(home), "config", "server.port", "9000"]) == 0
    assert capsys.readouterr().out == "server.port = 9000  (file)\n"
    assert run(["--home", str(home), "config", "server.port", "many"]) == 2
    assert "server.port" in capsys.readouterr().err
    assert run(["--home", str(home), "config", "server.port", ""]) == 0
    assert run(["--home", str(home), "config", "--json"]) == 0
    shown = {item["key"]: item for item in json.loads(capsys.readouterr().out.splitlines()[-1])["items"]}
    assert shown["server.port"] == {"key": "server.port", "value": 8765, "origin": "default"}


def test_a_preset_is_kept_once_and_used_by_workflows_that_take_different_parts(vq: Vq) -> None:
    words = ["-p", "mirror=vertical", "-p", "at_frame=3", "--tag", "night", "--priority", "-5", "--no-reuse"]
    assert vq("preset", "save", "night", *words).code == 0
    tiny, cut = (
        vq("submit", name, "a.mp4", "--preset", "night", "--priority", "0") for name in ("tiny", "cut")
    )
    assert "tiny does not take at_frame" in tiny.err
    assert "cut does not take mirror" in cut.err
    jobs = [vq("show", number, "--json").json for number in ("1", "2")]
    assert [job["submission"]["params"] for job in jobs] == [{"mirror": "vertical"}, {"at_frame": "3"}]
    assert all((job["tags"], job["submission"]["reuse"]) == (["night"], False) for job in jobs)
    assert vq("preset", "rm", "night").code == 0
    assert vq("submit", "tiny", "a.mp4", "--preset", "night").code == 3


def test_a_preset_that_begins_at_ten_holds_the_rest_of_its_pilot_and_ls_says_so(vq: Vq) -> None:
    assert vq("preset", "save", "try", "--not-before", "22:00", "--limit", "1", "--note", "try it").code == 0
    assert vq("preset", "save", "bad", "--not-before", "tomorrow").code == 2
    job = vq("submit", "tiny", "a.mp4", "--seeds", "3", "--preset", "try", "--json").json
    begins = datetime.fromisoformat(job["submission"]["not_before"]).astimezone()
    assert (begins.hour, begins.minute, job["note"]) == (22, 0, "try it")
    assert vq("ls", "--json").json["items"][0]["held_prompts"] == 2
    assert "2 held: vq release 1" in vq("ls").out
    assert "waiting: 2 held: vq release 1" in vq("show", "1").out
    assert vq("release", "1").code == 0
    assert "vq release" not in vq("ls").out
    drop = vq.home.with_name("drop")
    drop.mkdir()
    watch = vq("watch", "add", str(drop), "-w", "tiny", "--preset", "try", "--json").json
    assert not {"not_before", "limit"} & watch["submission"].keys()


def test_presets_edits_and_the_archive(vq: Vq) -> None:
    folder = vq.home / "presets" / "tiny"
    folder.mkdir(parents=True)
    (folder / "night.json").write_text('{"params": {"prompt": "night", "mirror": "vertical"}, "seeds": 2}')
    assert vq("submit", "tiny", "a.mp4", "--preset", "nigt").code == 3
    result = vq("submit", "tiny", "a.mp4", "--preset", "night", "-p", "mirror=none", "--json").json
    assert result["submission"]["params"] == {"prompt": "night", "mirror": "none"}
    assert result["counts"]["queued"] == 2
    assert vq("edit", "1", "-p", "prompt=day", "--json").json == {"changed": 2, "refused": []}
    assert vq("edit", "1.2", "-p", "prompt=dusk").out == "1.2 changed: 1 prompt(s)\n"
    assert vq("edit", "1", "-p", "seed=3").code == 2
    assert [vq("show", f"1.{n}", "--json").json["params"]["prompt"] for n in (1, 2)] == ["day", "dusk"]
    assert vq("archive", "1").code == 6
    assert vq("skip", "1.2").code == 0
    refused = vq("edit", "1.2", "-p", "prompt=x")
    assert (refused.code, "has begun" in refused.err) == (6, True)
    assert vq("edit", "1", "-p", "prompt=x").code == 7
    assert vq("cancel", "1").code == 0
    assert vq("archive", "1").out == "1 archived\n"
    assert vq("ls", "--json").json["items"] == []
    assert [job["id"] for job in vq("ls", "--archived", "--json").json["items"]] == [1]
    assert vq("archive", "1", "--undo").code == 0
    assert [job["archived"] for job in vq("ls", "--json").json["items"]] == [False]


def test_what_is_left_is_said(vq: Vq) -> None:
    for name in ("a.mp4", "b.mp4"):
        assert vq("submit", "tiny", name, "--run", "-q").code == 0
    assert vq("submit", "tiny", "a.mp4", "-p", "mirror=vertical").code == 0
    job = vq("show", "3", "--json").json
    assert job["eta_range"][0] <= job["eta_seconds"] <= job["eta_range"][1]
    assert "left" in vq("show", "3").out
    assert "left" in vq("status").out
    assert vq("ls").out.splitlines()[0].endswith(" s")
    assert (
        vq("submit", "tiny", "b.mp4", "-p", "mirror=vertical", "--dry-run", "--json").json["estimate"][
            "bytes"
        ]
        > 0
    )
