"""One client, two transports: the app in this process and a running server give the same answers.

Two equal homes take the same requests in the same order, one with a server, one without.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.graphs import text_to_image
from tests.terminal.client.models import require_model
from tests.terminal.processes import Vq, make_home
from video_queue.cli import COMMANDS, GROUPS, run
from video_queue.domain.errors import VqError
from video_queue.settings import load_settings
from video_queue.terminal.client.client import Client
from video_queue.terminal.client.connection import Connection, headers_for
from video_queue.terminal.client.local import open_writing

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_SUBMISSION = {"workflow": "tiny", "params": {"prompt": "x"}, "seeds": "1..3", "held": True, "name": "Parity"}
_UNKNOWN = {"note": "1.9", "code": 1}

# In order; every verb of Client has a row, and the rows of a verb its refusals too.
VERBS: list[tuple[Any, ...]] = [
    ("pause", {"mode": "now"}),
    ("preview", {**_SUBMISSION, "inputs": ["CLIPS/a.mp4", "CLIPS/b.mp4"]}),
    ("preview", {**_SUBMISSION, "inputs": ["CLIPS/nope.mp4"]}),
    ("submit", {**_SUBMISSION, "inputs": ["CLIPS/a.mp4"]}),
    ("submit", {**_SUBMISSION, "inputs": ["CLIPS/a.mp4"]}),
    ("submit", {**_SUBMISSION, "inputs": ["CLIPS/nope.mp4"], "tag": "misspelt"}),
    ("submit", {**_SUBMISSION, "inputs": ["CLIPS/nope.mp4", "CLIPS/junk.mp4"]}),
    ("submit", {**_SUBMISSION, "workflow": "tinny"}),
    ("submit", {**_SUBMISSION, "priority": "high", "limit": 0}),
    ("submit_batch", {"submissions": [{**_SUBMISSION, "inputs": ["CLIPS/b.mp4"]}], "idempotency_key": "k"}),
    ("submit_batch", {"submissions": [_SUBMISSION], "idempotency_key": "k"}),
    ("submit_batch", {"submissions": [{**_SUBMISSION, "after": ["nope"]}, {"workflow": "tinny"}]}),
    ("batch", "1"),
    ("batch", "9"),
    ("act_on_batch", "1", "cancel", {}),
    ("act_on_batch", "1", "cancel", {}),
    ("act_on_batch", "1", "delete", {}),
    ("jobs", {}),
    ("jobs", {"sort": "queue", "state": ["queued", "failed"], "limit": 1, "archived": None, "q": "Par"}),
    ("jobs", {"state": ["bogus"]}),
    ("jobs", {"limit": 0}),
    ("jobs", {"cursor": "x"}),
    ("job", "1"),
    ("job", "99"),
    ("prompt", "1.2"),
    ("prompt", "1.99"),
    ("prompts", "1"),
    ("prompts", "1", "queued"),
    ("prompts", "1", "bogus"),
    ("prompts", "99"),
    ("outputs", "1"),
    ("outputs", "99"),
    ("compare", "1", "1.2"),
    ("compare", "1", "99"),
    ("verify", {"id": "1"}),
    ("verify", {"id": "99"}),
    ("verify", {"path": "CLIPS"}),
    ("verify", {"path": "CLIPS", "id": "1"}),
    ("replay", {"id": "1.1", "held": True}),
    ("replay", {"id": "1.99"}),
    ("replay", {"path": "CLIPS/a.mp4"}),
    ("restore", {"id": "1.1"}),
    ("restore", {"text": "{}"}),
    ("restore", {"id": "1.1", "text": "{}"}),
    ("import_workflow", {"text": json.dumps(text_to_image())}),
    ("import_workflow", {"text": json.dumps(text_to_image())}, "cat"),
    ("import_workflow", {"text": json.dumps(text_to_image())}, "cat"),
    ("import_workflow", {"text": "{}"}),
    ("import_workflow", {"path": "CLIPS/nope.json"}),
    ("log", "1"),
    ("log", "1.1", "convert", 5),
    ("log", "99.1"),
    ("edit", "1", {"name": "Renamed", "tags": ["a"], "note": "n", "rating": 3, "priority": 4}),
    ("edit", "1", {"params": {"prompt": "y"}}),
    ("edit", "1", {"params": {"mirror": "sideways"}}),
    ("edit", "1", {"priority": "high"}),
    ("edit", "1.1", {"name": "x", "priority": 7}),
    ("edit", "1.1", {"rating": 5, "note": "good"}),
    ("edit", "1.1", {"params": {"prompt": "z"}}),
    ("edit", "99", _UNKNOWN),
    ("act", "1", "release", {}),
    ("act", "1", "hold", {}),
    ("act", "1", "move", {"to": "middle"}),
    ("act", "1", "dance", {}),
    ("act", "1", "cancel", {"reason": "no", "misspelt": 1}),
    ("act", "1.1", "approve", {}),
    ("act", "1.1", "review", {"decisions": [{"item": 1, "do": "approve"}]}),
    ("act", "99", "hold", {}),
    ("act_on", "skip", ["1.2", "1.99", "99"], {}),
    ("act_on", "dance", ["1"], {}),
    ("act_on", "cancel", ["x"], {}),
    ("act_on_filter", "hold", {"state": ["queued"], "tag": "none"}, {}),
    ("act_on_filter", "hold", {"since": "late"}, {}),
    ("act_on_filter", "retry", {"cause": "timeout"}, {}),
    ("undo", 99),
    ("undo",),
    ("undo",),
    ("act", "1", "cancel", {"reason": "enough"}),
    ("export_queue", {"path": "CLIPS/none/x.zip", "ids": [99]}),
    ("export_queue", {"path": "CLIPS/x.tar"}),
    ("export_queue", {"ids": [1], "filter": {}}),
    ("import_queue", {"path": "CLIPS/a.mp4"}),
    ("import_queue", {"path": "CLIPS/none.zip", "dry_run": True}),
    ("import_queue", {"path": "x.zip", "map": {}}),
    ("queue",),
    ("resume",),
    ("pause", {"until": "2999-01-01T00:00:00Z"}),
    ("pause", {"until": "tomorrow"}),
    ("pause", {"schedule": "08:00"}),
    ("pause", {"schedule": "off"}),
    ("pause", {"mode": "gently"}),
    ("workflows",),
    ("workflow", "tiny"),
    ("workflow", "broken"),
    ("workflow", "no/such"),
    ("keep_caption_style", "loud", {"size": "9", "bold": True}),
    ("keep_caption_style", "loud", {"size": 900}),
    ("keep_caption_style", "plain", {}),
    ("caption_styles",),
    ("caption_style", "loud"),
    ("caption_style", "lout"),
    ("remove_caption_style", "loud"),
    ("remove_caption_style", "loud"),
    ("presets", "tiny"),
    ("preset", "tiny", "nope"),
    ("keep_preset", "", "night", {"params": {"prompt": "rain", "at_frame": 3}, "priority": 2}),
    ("keep_preset", "", "night", {"params": {"nope": 3}}),
    ("keep_preset", "tiny", "look", {"seeds": 2}),
    ("preset", "tiny", "night"),
    ("presets", "tiny"),
    ("shared_presets",),
    ("remove_preset", "", "night"),
    ("remove_preset", "", "night"),
    ("remove_preset", "tiny", "look"),
    ("schema", "tiny"),
    ("schema", "nope"),
    ("pairing",),
    ("doctor",),
    ("bundle",),
    ("notifications", {"unread": True}),
    ("notifications", {"limit": 0}),
    ("mark_read", 1),
    ("mark_all_read", 5),
    ("test_notifications",),
    ("report", {"since": "2000-01-01T00:00:00Z", "until": "2001-01-01T00:00:00Z"}),
    ("report", {"since": "lately"}),
    ("tonight",),
    ("report_page", {"since": "2000-01-01", "until": "2001-01-01"}),
    ("add_watch", {"path": "CLIPS", "submission": {"workflow": "tiny"}}),
    ("add_watch", {"path": "CLIPS/none", "submission": {"workflow": "tiny"}}),
    ("add_watch", {"path": "CLIPS", "submission": {"workflow": "tinny"}}),
    ("add_watch", {"path": "CLIPS", "existing": "skip", "submission": {"workflow": "tiny"}}),
    ("act_on_watch", 1, "scan"),
    ("act_on_watch", 1, "dance"),
    ("act_on_watch", 9, "scan"),
    ("watches",),
    ("watch_files", 1),
    ("watch_files", 1, "bogus"),
    ("watch_files", 9),
    ("why", "CLIPS/a.mp4"),
    ("why", "CLIPS/none.mp4"),
    ("why", "/nowhere/none.mp4"),
    ("edit_watch", 1, {"max_new": 5, "hours": "22:00-07:00"}),
    ("edit_watch", 1, {"max_new": 0, "hours": "night"}),
    ("remove_watch", 1),
    ("remove_watch", 1),
    ("comfy",),
    ("act_on_comfy", "restart"),
    ("act_on_comfy", "dance"),
    ("clean", {"dry_run": True}),
    ("clean", {"dry_run": False, "kinds": ["work"], "days": 0}),
    ("clean", {"kinds": ["outputs"]}),
    ("clean", {"dry_run": False, "kinds": ["history"], "days": 3}),
    ("vacuum",),
    ("change_settings", {"media_slots": 3}),
    ("change_settings", {"no.such": 1}),
]

# In order; every command that does not stay until something is finished has a row.
WORDS = [
    ["pause"],
    ["submit", "tiny", "CLIPS/a.mp4", "--seeds", "1..3", "--held"],
    ["submit", "tiny", "CLIPS/a.mp4", "CLIPS/b.mp4", "--seeds", "2", "--sweep", "prompt=a,b", "--dry-run"],
    ["submit", "tiny", "CLIPS/a.mp4", "--if-exists", "replace"],
    ["submit", "tiny", "CLIPS/a.mp4", "--preset", "nope"],
    ["submit", "--batch", "CLIPS/none.yaml"],
    ["submit", "--batch", "CLIPS/none.yaml", "--dry-run"],
    ["submit"],
    ["cancel", "batch:9"],
    ["ls", "batch:9"],
    ["ls", "--state", "queued"],
    ["ls", "--state", "bogus"],
    ["ls", "state:queued", "workflow:tiny", "par"],
    ["ls", "sate:queued"],
    ["show", "1"],
    ["show", "1.1"],
    ["show", "1.9"],
    ["log", "1"],
    ["outputs", "1"],
    ["outputs", "1.1"],
    ["open", "1.1"],
    ["diff", "1.1", "1.2"],
    ["diff", "1", "99"],
    ["verify", "1"],
    ["verify", "CLIPS"],
    ["replay", "CLIPS/a.mp4"],
    ["restore", "1.1"],
    ["restore", "1.9"],
    ["status"],
    ["edit", "1.1", "--name", "x", "--priority", "7"],
    ["edit", "1", "--name", "x", "--priority", "7", "--tag", "a,b"],
    ["edit", "1", "1.2", "99", "-p", "prompt=rain"],
    ["release", "1"],
    ["hold", "1", "99"],
    ["move", "1", "top"],
    ["move", "1", "--before", "99"],
    ["skip", "1.1", "99.1"],
    ["approve", "1"],
    ["review", "1.1"],
    ["review", "1.1", "--approve", "1"],
    ["reject", "1.2"],
    ["rm", "1"],
    ["cancel", "1", "--reason", "enough"],
    ["retry", "1", "--all"],
    ["retry", "1", "--from-phase", "nope"],
    ["rerun", "1", "-p", "mirror=vertical"],
    ["rerun", "1", "-p", "mirror=sideways"],
    ["archive", "1"],
    ["cancel", "state:queued", "is:archived"],
    ["cancel", "1", "2"],
    ["archive", "1", "2"],
    ["archive", "1", "--undo"],
    ["undo"],
    ["undo", "99"],
    ["rm", "2", "1.1"],
    ["queue", "export", "CLIPS/x.zip"],
    ["queue", "export", "CLIPS/x.zip", "tag:nope", "--hold"],
    ["queue", "export", "CLIPS/x.zip", "--hold", "--cancel"],
    ["queue", "import", "CLIPS/a.mp4"],
    ["queue", "import", "CLIPS/none.zip", "--map", "x"],
    ["resume"],
    ["comfy"],
    ["comfy", "dance"],
    ["doctor"],
    ["doctor", "--bundle", "CLIPS/none/report.zip"],
    ["tonight"],
    ["inbox"],
    ["inbox", "--all", "--read"],
    ["inbox", "--test"],
    ["report", "--since", "lately"],
    ["clean", "--dry-run"],
    ["clean", "--kind", "outputs"],
    ["config", "media_slots"],
    ["watch", "add", "CLIPS", "-w", "tiny"],
    ["watch", "add", "CLIPS", "-w", "tiny", "-p", "prompt=rain", "--existing", "skip", "--settle", "5s"],
    ["watch", "scan", "1"],
    ["watch", "edit", "1", "--max-new", "5", "--settle", "7s", "-p", "prompt=snow", "-r"],
    ["watch", "edit", "CLIPS", "--max-new", "0", "--settle", "", "--no-recursive", "--exclude", "x*"],
    ["watch", "edit", "1", "-w", "tinny"],
    ["watch", "edit", "9", "--max-new", "5"],
    ["watch", "ls"],
    ["watch", "files", "1", "--state", "ignored"],
    ["watch", "why", "CLIPS/a.mp4"],
    ["watch", "why", "/nowhere/a.mp4"],
    ["watch", "pause", "CLIPS"],
    ["watch", "resume", "1"],
    ["watch", "rm", "1"],
    ["watch", "rm", "CLIPS"],
    ["workflow", "ls"],
    ["workflow", "show", "nope"],
    ["workflow", "check", "broken"],
    ["workflow", "schema", "cut"],
    ["workflow", "import", "CLIPS/none.json"],
    ["style", "save", "loud", "--like", "boxed", "-p", "size=9", "-p", "colour=#ff0000"],
    ["style", "save", "loud", "-p", "size=big"],
    ["style", "save", "a/b"],
    ["style", "ls"],
    ["style", "show", "loud"],
    ["style", "show", "quiet"],
    ["style", "rm", "loud"],
    ["style", "rm", "karaoke"],
    ["preset", "save", "night", "-p", "prompt=rain", "--priority", "2", "-o", "CLIPS"],
    ["preset", "save", "night", "-p", "nope=3"],
    ["preset", "save", "a/b", "-p", "prompt=x"],
    ["preset", "save", "look", "-w", "tiny", "-p", "mirror=vertical"],
    ["preset", "ls"],
    ["preset", "ls", "-w", "tiny"],
    ["preset", "rm", "look", "-w", "tiny"],
    ["preset", "rm", "night", "-w", "tiny"],
    ["roots", "add", "CLIPS"],
    ["roots", "rm", "CLIPS/empty"],
    ["db", "check"],
    ["db", "vacuum"],
]
# The exit codes of the rows that are not 0.
EXIT_CODES = {
    "review 1.1 --approve 1": 6,
    "submit tiny CLIPS/a.mp4 CLIPS/b.mp4 --seeds 2 --sweep prompt=a,b --dry-run": 2,
    "submit tiny CLIPS/a.mp4 --if-exists replace": 2,
    "submit tiny CLIPS/a.mp4 --preset nope": 3,
    "submit --batch CLIPS/none.yaml": 2,
    "submit --batch CLIPS/none.yaml --dry-run": 2,
    "submit": 2,
    "cancel batch:9": 3,
    "undo 99": 3,
    "ls --state bogus": 2,
    "ls sate:queued": 2,
    "show 1.9": 3,
    "open 1.1": 3,
    "diff 1 99": 3,
    "verify CLIPS": 3,
    "replay CLIPS/a.mp4": 3,
    "restore 1.9": 3,
    "edit 1.1 --name x --priority 7": 2,
    "edit 1 1.2 99 -p prompt=rain": 7,
    "hold 1 99": 7,
    "move 1 --before 99": 3,
    "skip 1.1 99.1": 7,
    "reject 1.2": 6,
    "rm 1": 6,
    "retry 1 --from-phase nope": 6,
    "rerun 1 -p mirror=sideways": 2,
    "archive 1": 6,
    "rm 2 1.1": 2,
    "queue export CLIPS/x.zip": 6,
    "queue export CLIPS/x.zip tag:nope --hold": 6,
    "queue export CLIPS/x.zip --hold --cancel": 2,
    "queue import CLIPS/a.mp4": 2,
    "queue import CLIPS/none.zip --map x": 2,
    "comfy dance": 2,
    "doctor --bundle CLIPS/none/report.zip": 2,
    "report --since lately": 2,
    "clean --kind outputs": 2,
    "config media_slots": 2,
    "watch add CLIPS -w tiny": 2,
    "watch edit 1 -w tinny": 3,
    "watch edit 9 --max-new 5": 3,
    "watch why /nowhere/a.mp4": 3,
    "watch rm CLIPS": 3,
    "workflow show nope": 3,
    "workflow check broken": 2,
    "workflow import CLIPS/none.json": 2,
    "style save loud -p size=big": 2,
    "style save a/b": 2,
    "style show quiet": 3,
    "style rm karaoke": 3,
    "preset save night -p nope=3": 2,
    "preset save a/b -p prompt=x": 2,
    "preset rm night -w tiny": 3,
    "roots rm CLIPS/empty": 3,
}
_STAYING = {"pair", "follow", "wait", "serve", "demo", "run"}
# Of the machine and no queue; its names differ from home to home.
_NO_QUEUE = {"service"}


@pytest.fixture
def homes(tmp_path: Path, clips: Path) -> Iterator[tuple[Path, Path, str]]:
    """A home without a server, and one with the address of its server."""
    alone, served = (make_home(tmp_path / name / "home") for name in ("alone", "served"))
    with Vq(served, clips).serving("--paused") as url:
        yield alone, served, url


def test_every_verb_answers_alike_over_both_transports(homes: tuple[Path, Path, str], clips: Path) -> None:
    alone, served, url = homes
    local = open_writing(load_settings(alone, {}, {}), lambda: None)
    connection = Connection(url, headers_for(url, served, {}))
    try:
        for verb, *values in _placed(VERBS, clips):
            here = _comparable(_outcome(Client(local), verb, values), alone)
            there = _comparable(_outcome(Client(connection), verb, values), served)
            assert here == there, (verb, *values)
    finally:
        connection.close()
        local.close()


def test_every_verb_has_a_row() -> None:
    verbs = {name for name in vars(Client) if not name.startswith("_")} - {"serves"}
    assert {verb for verb, *_ in VERBS} == verbs


def test_every_command_gives_the_same_answer_and_exit_code(
    homes: tuple[Path, Path, str], clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in _placed(WORDS, clips):
        ends = []
        for home in homes[:2]:
            code = run(["--home", str(home), "--json", *words])
            out, err = capsys.readouterr()
            answers = [json.loads(line) for line in out.splitlines()]
            for answer in answers:
                require_model(words, answer)
            ends.append((code, _comparable(answers, home), _comparable(err, home)))
        assert ends[0] == ends[1], words
        assert ends[0][0] == EXIT_CODES.get(_row(words, clips), 0), words


def test_every_command_has_a_row() -> None:
    assert {words[0] for words in WORDS} == {*COMMANDS, *GROUPS} - _STAYING - _NO_QUEUE


def _placed(rows: Any, clips: Path) -> Any:
    return json.loads(json.dumps(rows).replace("CLIPS", str(clips)))


def _row(words: list[str], clips: Path) -> str:
    return " ".join(words).replace(str(clips), "CLIPS")


def _outcome(client: Client, verb: str, values: list[Any]) -> Any:
    try:
        answer = getattr(client, verb)(*values)
        if isinstance(answer, bytes):  # an archive: its names
            return zipfile.ZipFile(io.BytesIO(answer)).namelist()
        return list(answer) if isinstance(answer, Iterator) else answer
    except VqError as error:
        return {
            "code": str(error.code),
            "message": error.message,
            "hint": error.hint,
            "details": error.details,
        }


def _comparable(answer: Any, home: Path) -> Any:
    """`answer` without moments, the home's own folders, and what only a worker finds out."""
    text = json.dumps(answer).replace(str(home), "HOME")
    return json.loads(_MOMENT.sub("MOMENT", text), object_hook=_without_own)


def _without_own(value: dict[str, Any]) -> dict[str, Any]:
    if value.keys() == {"name", "state", "message", "fix"}:  # a check of doctor, about disk and home
        return {"name": value["name"]}
    if value.keys() >= {"process", "simulated"}:  # ComfyUI, which only a worker connects to
        return {"process": value["process"]}
    return {key: item for key, item in value.items() if key not in ("lanes", "dedupe_key", "origin", "free")}
