"""Storms of requests at the same time, while the worker works: no count, event or end is ever wrong.

    python -m tests.crash.storms --storms 300 --seed 1

is the long run; `test_storms.py` is its short form. After each storm the rows are checked; then, with the queue
paused, every action that is tried must be accepted exactly where it was offered.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figure import print_figure
from tests.crash.invariants import damage, output_problems, row_problems
from tests.crash.lives import GRAPH
from tests.media_clips import make_pictures
from tests.worker.conftest import Queue
from video_queue.app import local_app
from video_queue.db.connection import Connection, connect
from video_queue.domain.actions import JOB_ACTIONS, PROMPT_ACTIONS
from video_queue.domain.states import PHASE_TRANSITIONS, PROMPT_TRANSITIONS
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings
from video_queue.wiring import Services, beside_worker, close_services, make_worker, open_services

RENDER = """
inputs: {kind: image}
parameters:
  mark: {type: int, default: 1, min: 1, max: 9, sweepable: true}
  gated: {type: bool, default: false}
phases:
  - {name: render, uses: comfy, graph: render.render.api.json, files: {"1.inputs.image": "{{ input.path }}"}}
  - name: look
    uses: review
    when: "{{ params.gated }}"
    with: {items: "{{ phases.render.images }}"}
output: {phase: render, name: "{{ input.stem }}_{{ params.mark }}"}
"""
# Every change of state, as SQLite itself sees it.
LOG = """
    CREATE TABLE change (id INTEGER PRIMARY KEY, what TEXT, prompt_id INTEGER, before TEXT, after TEXT);
    CREATE TRIGGER log_prompt AFTER UPDATE OF state ON prompt WHEN old.state <> new.state
    BEGIN INSERT INTO change VALUES (NULL, 'prompt', new.id, old.state, new.state); END;
    CREATE TRIGGER log_phase AFTER UPDATE OF state ON phase WHEN old.state <> new.state
    BEGIN INSERT INTO change VALUES (NULL, 'phase', new.prompt_id, old.state, new.state); END;
    CREATE TRIGGER log_deleted AFTER DELETE ON event
    BEGIN INSERT INTO change VALUES (NULL, 'event', NULL, NULL, NULL); END;
"""
LEGAL = {"prompt": PROMPT_TRANSITIONS, "phase": PHASE_TRANSITIONS}
CHANGES = (
    "SELECT what, before, after, count(*) FROM change WHERE what <> 'event' GROUP BY what, before, after"
)
# The events of a job are deleted with it.
DELETED = "SELECT count(*) FROM change WHERE what = 'event'"
# How often each prompt that is still there ended by its rows, and how often an event said so.
ENDS = """
    SELECT p.id,
        (SELECT count(*) FROM change c WHERE c.what = 'prompt' AND c.prompt_id = p.id
            AND c.after IN ('succeeded', 'failed', 'cancelled')) AS ended,
        (SELECT count(*) FROM event e WHERE e.prompt_id = p.id AND e.type = 'prompt.finished') AS said
    FROM prompt p WHERE ended <> said
"""
BUSY = "SELECT count(*) FROM prompt WHERE state = 'running' AND claimed > 0"
_REQUESTS, _CHECKS, _PICTURES = (8, 20), 6, 6
_STANDSTILL_SECONDS = 120.0


class Storms:
    """A home in this process, with its worker, a stand-in for ComfyUI, and what was found wrong."""

    def __init__(self, services: Services, pictures: list[str], rng: random.Random) -> None:
        self.services, self.pictures, self.rng = services, pictures, rng
        transport = httpx.ASGITransport(app=local_app(services), raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api", timeout=120)
        self.answers: Counter[str] = Counter()
        self.problems: list[str] = []
        self.newest = 0

    async def storm(self) -> None:
        """So many requests at about the same time."""
        requests = self.rng.choices(REQUESTS, k=self.rng.randint(*_REQUESTS))
        await asyncio.gather(*(self._later(*make(self)) for make in requests))
        await self.check()

    async def _later(self, method: str, path: str, body: dict[str, Any] | None) -> None:
        await asyncio.sleep(self.rng.uniform(0, 0.05))  # that is the storm
        await self.ask(method, path, body)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """An answer; a refusal is fair, an error of the server is not."""
        answer = await self.client.request(method, path, json=body)
        self.answers[f"{method} {answer.status_code}"] += 1
        if answer.status_code >= 500 or answer.status_code == 422:
            self.problems.append(f"{method} {path} {body}: {answer.status_code} {answer.text[:300]}")
        if answer.status_code == 201:
            self.newest = max(self.newest, answer.json()["id"])
        return answer

    async def check(self) -> None:
        """The rows as they are at this moment."""
        self.problems += await self.services.db.read(_problems)

    async def offered_is_accepted(self) -> None:
        """With nothing running: what is tried is accepted where the list of actions says so, and nowhere else."""
        await self.ask("POST", "/queue/actions", {"action": "pause", "mode": "now"})
        await self.until(BUSY)
        for _ in range(_CHECKS):
            place, actions = self.rng.choice(
                [(f"/jobs/{self.job()}", JOB_ACTIONS), (f"/prompts/{self.job()}.1", PROMPT_ACTIONS)]
            )
            subject = (await self.ask("GET", place)).json()
            action = self.rng.choice(actions)
            body = {"action": action, **_needed(action)}
            answer = await self.ask("POST", f"{place}/actions", body)
            offered = any(
                entry["name"] == action and entry["enabled"] for entry in subject.get("actions", [])
            )
            if answer.is_success != offered:
                self.problems.append(f"{action} of {place}: offered {offered}, {answer.text[:300]}")
            if action == "rerun" and answer.is_success:
                self.newest = max(self.newest, answer.json()["id"])
        await self.ask("POST", "/queue/actions", {"action": "resume"})

    async def calm(self) -> None:
        """Release and approve everything, and wait until all has ended."""
        await self.ask("POST", "/queue/actions", {"action": "resume"})
        everything: dict[str, Any] = {"filter": {"state": ["queued", "running", "review"]}}
        while open_jobs := await self.open_jobs():
            await self.ask("POST", "/actions", {"action": "release", **everything})
            for job in open_jobs:
                prompts = (await self.ask("GET", f"/jobs/{job}/prompts?state=review")).json()["items"]
                for prompt in prompts:
                    await self.ask("POST", f"/prompts/{prompt['id']}/actions", {"action": "approve"})
            if not await self._goes_on(len(open_jobs)):
                for job in open_jobs:
                    waits = await self.services.db.read(_waiting, job)
                    self.problems.append(f"job {job} waits for ever: {waits}")
                return
        await self.check()

    async def open_jobs(self) -> list[int]:
        """The numbers of the jobs that have not ended."""
        states = "state=queued&state=running&state=review"
        items = (await self.ask("GET", f"/jobs?{states}&limit=1000")).json()["items"]
        return [job["id"] for job in items]

    async def _goes_on(self, count: int) -> bool:
        """Whether there are fewer or other open jobs before long."""
        before = await self.services.db.read(_newest_event)
        try:
            async with asyncio.timeout(_STANDSTILL_SECONDS):
                while len(await self.open_jobs()) >= count:
                    if await self.services.db.read(_newest_event) != before:
                        return True
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False
        return True

    async def until(self, none: str) -> None:
        """Until a count is 0."""
        async with asyncio.timeout(_STANDSTILL_SECONDS):
            while await self.services.db.read(_count, none):  # noqa: ASYNC110 - rows set no event
                await asyncio.sleep(0.01)

    def job(self) -> int:
        """One of the newer jobs, or one that there is not."""
        return self.rng.randint(max(self.newest - 12, 1), self.newest + 1)


def _waiting(conn: Connection, job: int) -> list[dict[str, Any]]:
    """What is on record of a job that does not end, and of its prompts that have not ended."""
    queries = (
        "SELECT state, held_reason, blocked, unexpanded, priority, not_before FROM job WHERE id = ?",
        "SELECT id, state, lane, ready, claimed, held_reason, cancel_reason, phase_seq, needs_gpu"
        " FROM prompt WHERE job_id = ? AND state IN ('queued', 'running', 'review')",
    )
    return [dict(row) for query in queries for row in conn.execute(query, (job,))]


def _problems(conn: Connection) -> list[str]:
    problems = list(row_problems(conn, deleted=_count(conn, DELETED)))
    for what, before, after, count in conn.execute(CHANGES):
        legal: dict[Any, Any] = dict(LEGAL[what])
        if after not in legal[before]:
            problems.append(f"{count} times a {what} went from {before} to {after}")
    problems += [f"prompt {row[0]} ended {row[1]} times, {row[2]} were said" for row in conn.execute(ENDS)]
    return problems


def _count(conn: Connection, sql: str) -> int:
    return int(conn.execute(sql).fetchone()[0])


def _newest_event(conn: Connection) -> int:
    return _count(conn, "SELECT coalesce(max(id), 0) FROM event")


Request = tuple[str, str, dict[str, Any] | None]


def _submit(storms: Storms) -> Request:
    rng = storms.rng
    inputs = rng.sample(storms.pictures, rng.randint(1, 3))
    body = {
        "workflow": "render",
        "inputs": [f"job:{storms.job()}"] if rng.random() < 0.1 else inputs,
        "params": {"gated": rng.random() < 0.2, "mark": rng.randint(1, 9)},
        "held": rng.random() < 0.1,
        "front": rng.random() < 0.1,
        "priority": rng.randint(0, 2),
        "after": [max(storms.newest - rng.randint(1, 5), 1)] if rng.random() < 0.2 else [],
        "limit": 1 if rng.random() < 0.1 else None,
        "dedupe": rng.random() < 0.5,
        "reuse": rng.random() < 0.5,
        "if_exists": rng.choice(("version", "skip")),
    }
    return "POST", "/jobs", body


def _needed(action: str) -> dict[str, Any]:
    """The options without which an action is refused wherever it is offered."""
    return {"decisions": [{"item": 1, "do": "approve"}]} if action == "review" else {}


def _options(storms: Storms, action: str) -> dict[str, Any]:
    rng = storms.rng
    match action:
        case "retry":
            return rng.choice(
                [
                    {},
                    {"failed_only": False},
                    {"from_phase": "render"},
                    {"params": {"mark": rng.randint(1, 9)}},
                ]
            )
        case "move":
            return rng.choice([{"to": "top"}, {"to": "bottom"}, {"to": 2}, {"before": storms.job()}])
        case "delete":
            return {"outputs": rng.random() < 0.3}
        case "cancel":
            return {"reason": "storm"}
    return _needed(action)


def _act_on_job(storms: Storms) -> Request:
    action = storms.rng.choice(JOB_ACTIONS)
    return "POST", f"/jobs/{storms.job()}/actions", {"action": action, **_options(storms, action)}


def _act_on_prompt(storms: Storms) -> Request:
    action, index = storms.rng.choice(PROMPT_ACTIONS), storms.rng.randint(1, 3)
    body = {"action": action, **_options(storms, action)}
    return "POST", f"/prompts/{storms.job()}.{index}/actions", body


def _act_on_many(storms: Storms) -> Request:
    action = storms.rng.choice(("cancel", "retry", "hold", "release", "archive", "approve", "skip"))
    ids = [f"{storms.job()}.{storms.rng.randint(1, 3)}" for _ in range(4)] + [str(storms.job())]
    return "POST", "/actions", {"action": action, "ids": ids}


def _edit_job(storms: Storms) -> Request:
    changes = storms.rng.choice(
        [
            {"params": {"mark": storms.rng.randint(1, 9)}},
            {"priority": storms.rng.randint(0, 2)},
            {"note": "x"},
        ]
    )
    return "PATCH", f"/jobs/{storms.job()}", changes


def _edit_prompt(storms: Storms) -> Request:
    changes: dict[str, Any] = {"rating": 4, "params": {"mark": storms.rng.randint(1, 9)}}
    return "PATCH", f"/prompts/{storms.job()}.{storms.rng.randint(1, 3)}", changes


def _pause(storms: Storms) -> Request:
    return "POST", "/queue/actions", {"action": "pause", "mode": storms.rng.choice(("now", "after_current"))}


def _resume(_: Storms) -> Request:
    return "POST", "/queue/actions", {"action": "resume"}


def _read(storms: Storms) -> Request:
    return "GET", storms.rng.choice(("/queue", "/jobs?sort=queue", f"/jobs/{storms.job()}/prompts")), None


REQUESTS: list[Callable[[Storms], Request]] = [
    *[_submit] * 4,
    *[_act_on_job] * 4,
    *[_act_on_prompt] * 4,
    *[_resume] * 2,
    _act_on_many,
    _edit_job,
    _edit_prompt,
    _pause,
    _read,
]


async def run_storms(folder: Path, count: int, rng: random.Random) -> Storms:
    """So many storms on a new home in `folder`, and the calm after them."""
    simulator = SimulatorProcess(SimulatorSettings(folder / "comfy"))
    queue = Queue(folder / "home", **{"comfy.url": simulator.start(), "roots": [str(folder)]})
    queue.workflow("render", RENDER)
    (queue.settings.workflows_dir / "render.render.api.json").write_text(GRAPH)
    pictures = [str(path) for path in make_pictures(folder / "pictures", _PICTURES, size=(64, 48))]
    services = await open_services(queue.settings)
    worker = make_worker(services)
    try:
        await services.db.transact(lambda conn: [conn.execute(sql) for sql in _statements(LOG)])
        storms = Storms(services, pictures, rng)
        worker.start()
        async with beside_worker(services, watching=False, on_dead=worker.stop):
            for _ in range(count):
                await storms.storm()
                await storms.offered_is_accepted()
                if storms.problems:
                    break
            await storms.calm()
    finally:
        await asyncio.to_thread(worker.stop)
        await close_services(services)
        simulator.kill()
    with closing(connect(queue.settings.db_path, read_only=True)) as conn:
        storms.problems += [*damage(conn), *output_problems(conn)]
    return storms


def _statements(script: str) -> list[str]:
    """A trigger's own statement ends within it."""
    table, *triggers = script.split("CREATE TRIGGER")
    return [table, *(f"CREATE TRIGGER{trigger}" for trigger in triggers)]


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--storms", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vq-storms-") as folder:
        storms = asyncio.run(run_storms(Path(folder), options.storms, random.Random(options.seed)))
    print(f"{options.storms} storms, {sum(storms.answers.values())} requests: {dict(storms.answers)}")
    print(f"{len(storms.problems)} broken promises")
    for line in storms.problems:
        print(line)
    print_figure("storms", len(storms.problems))
    sys.exit(bool(storms.problems))


if __name__ == "__main__":
    main()
