"""A watched folder on a real home with a clock that is moved by hand, so that no test waits for a file to be stable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from video_queue.db.job_lists import JobFilter
from video_queue.domain.submission import Submission
from video_queue.domain.views import Job
from video_queue.domain.watches import NewWatch, Watch, WatchFile, Why
from video_queue.services.clock import Clock
from video_queue.settings import load_settings
from video_queue.wiring import Services, build_services, close_services, open_services

T = TypeVar("T")
TINY = """
title: Tiny
inputs: {kind: video}
parameters:
  text: {type: text, default: ""}
  seed: {type: seed, default: random}
phases:
  - {name: convert, uses: media.convert, with: {source: "{{ input.path }}"}}
output: {phase: convert, name: "{{ input.stem }}"}
"""
RUN = """
title: From pictures
inputs: {kind: sequence}
phases:
  - {name: encode, uses: media.encode, with: {frames: "{{ input.images }}", fps: 5}}
output: {phase: encode, name: "{{ input.stem }}"}
"""


class HandClock(Clock):
    """The real clock, put forward by `skip`."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def skip(self, seconds: float) -> None:
        """Let this time pass."""
        self.ahead += seconds

    def now(self) -> float:
        """As the real clock, put forward."""
        return super().now() + self.ahead


class Watched:
    """One home and one folder. The services stay open between calls; `restart` closes them, as the end of `vq` does."""

    def __init__(self, base: Path, **settings: Any) -> None:
        self.folder = base / "drop"
        self.folder.mkdir(exist_ok=True)
        self.home = base / "home"
        self.settings = load_settings(
            self.home, {"min_free_gb": 0, "roots": [str(base.parent)], **settings}, {}
        )
        self.settings.ensure_home()
        for name, text in (("tiny", TINY), ("run", RUN)):
            (self.settings.workflows_dir / f"{name}.yaml").write_text(text)
        self.clock = HandClock()
        self._services: Services | None = None
        self._runner = asyncio.Runner()

    def ask(self, question: Callable[[Services], Awaitable[T]]) -> T:
        """What `question` answers over services with the clock of this test."""

        async def answer() -> T:
            if self._services is None:
                opened = await open_services(self.settings)
                self._services = build_services(self.settings, opened.db, self.clock, opened.lock)
            return await question(self._services)

        return self._runner.run(answer())

    def restart(self) -> None:
        """Close the services; the next call opens them again."""
        if self._services is not None:
            self._runner.run(close_services(self._services))
            self._services = None

    def close(self) -> None:
        """Close everything."""
        self.restart()
        self._runner.close()

    def add(self, **spec: Any) -> Watch:
        """Watch the folder."""
        submission = Submission(**{"workflow": "tiny", **spec.pop("submission", {})})
        new = NewWatch(**{"path": str(self.folder), "submission": submission, "existing": "take", **spec})
        return self.ask(lambda services: services.watches.add(new))

    def scan(self, *, after: float = 0.0, watch: int = 1) -> Watch:
        """Scan once, after so many seconds."""
        self.clock.skip(after)
        return self.ask(lambda services: services.watches.act(watch, "scan"))

    def act(self, action: str, watch: int = 1) -> Watch:
        """Pause or resume."""
        return self.ask(lambda services: services.watches.act(watch, action))

    def files(self, watch: int = 1) -> dict[str, WatchFile]:
        """The ledger by path."""
        page = self.ask(lambda services: services.watches.files(watch, limit=1000))
        return {file.path: file for file in page.items}

    def why(self, path: str) -> Why:
        """Why a file is where it is."""
        return self.ask(lambda services: services.watches.why(str(self.folder / path)))

    def jobs(self) -> list[Job]:
        """All jobs, the oldest first."""
        page = self.ask(lambda services: services.lookup.jobs(JobFilter(), "newest", 1000, None))
        return page.items[::-1]

    def inputs(self) -> list[list[str]]:
        """The inputs of all jobs, by name."""
        whole = [self.ask(lambda services, number=job.id: services.lookup.job(number)) for job in self.jobs()]  # type: ignore[misc]
        return [[Path(str(text)).name for text in job.submission["inputs"]] for job in whole]

    def end(self, job: int, state: str) -> None:
        """As if a job had ended."""
        sql = "UPDATE job SET state = ? WHERE id = ?"
        self.ask(lambda services: services.db.transact(lambda conn: conn.execute(sql, (state, job))))
