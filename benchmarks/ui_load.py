"""Events for the page's benchmark: changes of jobs over REST, so many a second, or as many as possible at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.page.serving import Served

_CLIENTS = 4


@contextmanager
def changes(server: Served, jobs: Sequence[int], rate: int, *, hold: bool = False) -> Iterator[list[int]]:
    """Change one job after the other, `rate` times a second: its name, and with `hold` every fourth time its state.

    Gives a list that has an entry for each change.
    """
    end, done = threading.Event(), list[int]()
    clients = [
        threading.Thread(
            target=_change, args=(server, jobs[at::_CLIENTS] or jobs, rate / _CLIENTS, hold, end, done)
        )
        for at in range(_CLIENTS if rate else 0)
    ]
    for thread in clients:
        thread.start()
    try:
        yield done
    finally:
        end.set()
        for thread in clients:
            thread.join()


def _change(
    server: Served, jobs: Sequence[int], rate: float, hold: bool, end: threading.Event, done: list[int]
) -> None:
    began, turn = time.monotonic(), 0
    with server.client() as client:
        while not end.is_set():
            job = jobs[turn % len(jobs)]
            if hold and turn % 4 == 0:
                body = {"action": "release" if turn % 8 else "hold"}
                client.post(f"/api/jobs/{jobs[turn // 8 % len(jobs)]}/actions", json=body)
            else:
                client.patch(f"/api/jobs/{job}", json={"name": f"Name {turn} of {began}"}).raise_for_status()
            turn += 1
            done.append(job)
            end.wait(max(0.0, began + turn / rate - time.monotonic()))


def many_events(server: Served, count: int) -> None:
    """At least so many events at once: jobs that wait are held and released."""
    with server.client() as client:
        waiting = client.get("/api/jobs", params={"section": "next", "limit": 200, "sort": "queue"}).json()
        ids = [str(job["id"]) for job in waiting["items"]]
        for turn in range(-(-count // len(ids) // 2) * 2):
            body = {"action": "release" if turn % 2 else "hold", "ids": ids}
            client.post("/api/actions", json=body).raise_for_status()
