"""Notifications on their way out: real servers and programs get them, once each, and the queue never waits."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import video_queue
from tests.worker.conftest import Queue
from video_queue.db.events import append_event
from video_queue.domain.events import EventType
from video_queue.domain.notifications import Undelivered
from video_queue.services.notify.channels import signature
from video_queue.wiring import Services, beside_worker

_SECRET = "a secret of sixteen"

# A library whose loading takes until it is let through, and a process that lets it through from its event loop.
_SLOW_APPRISE = """
import time
from pathlib import Path

here, until = Path(__file__).parent, time.monotonic() + 20
(here / "loading").touch()
while not (here / "go").exists():
    if time.monotonic() > until:
        raise ImportError("nobody let it through")
    time.sleep(0.01)

class Apprise:
    def add(self, url): return True
    def notify(self, **message): return True
"""
_TESTS_NOTIFIER = """
import asyncio, sys
from pathlib import Path
from video_queue.settings import load_settings
from video_queue.wiring import close_services, open_services

async def main(library):
    services = await open_services(load_settings(library / "home", {"notify.urls": "json://x"}, {}))
    test = asyncio.create_task(services.notifier.test())
    while not (library / "loading").exists():
        await asyncio.sleep(0.01)
    (library / "go").touch()
    print((await test)[0].error)
    await close_services(services)

asyncio.run(main(Path(sys.argv[1])))
"""


class Receiver:
    """A web server that keeps what is posted; it answers with `status`."""

    def __init__(self) -> None:
        self.status, self.posts = 200, list[tuple[dict[str, str], bytes]]()
        receiver = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.posts.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook/s3cret"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def titles(self) -> list[list[str]]:
        """The titles of each post."""
        return [[item["title"] for item in json.loads(body)["notifications"]] for _, body in self.posts]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook's other end."""
    receiver = Receiver()
    yield receiver
    receiver.close()


def _queue(tmp_path: Path, **notify: Any) -> Queue:
    return Queue(tmp_path / "home", **{f"notify.{key}": value for key, value in notify.items()})


async def _finish(services: Services, number: int) -> None:
    """A job of this number is finished, for all that events say."""
    await services.db.transact(
        lambda conn: append_event(
            conn, EventType.JOB_FINISHED, services.clock.iso(), job_id=number, state="failed", counts={}
        )
    )


def _notifying(queue: Queue, story: Callable[[Services], Awaitable[None]]) -> None:
    """Run `story` while the notifier works."""

    async def ask(services: Services) -> None:
        async with beside_worker(services, watching=False, on_dead=lambda: None):
            await story(services)

    queue.ask(ask)


async def _until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds; it may be a coroutine function."""
    for _ in range(3000):
        value = condition()
        if await value if asyncio.iscoroutine(value) else value:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def _undelivered(services: Services) -> list[Undelivered]:
    return [
        way for item in (await services.inbox.list(9, None, unread=False)).items for way in item.undelivered
    ]


def test_the_first_is_sent_at_once_and_what_follows_as_one_digest(tmp_path: Path, receiver: Receiver) -> None:
    queue = _queue(tmp_path, webhook=receiver.url, quiet_seconds=0.5, events=["job.failed"])

    async def story(services: Services) -> None:
        await _finish(services, 1)
        await _until(lambda: len(receiver.posts) == 1)
        for number in (2, 3, 4):
            await _finish(services, number)
        await _until(lambda: len(receiver.posts) == 2)

    _notifying(queue, story)
    assert receiver.titles() == [["Failed: job 1"], ["Failed: job 2", "Failed: job 3", "Failed: job 4"]]


def test_a_webhook_is_signed_as_standard_webhooks_says(tmp_path: Path, receiver: Receiver) -> None:
    queue = _queue(tmp_path, webhook=receiver.url, webhook_secret=_SECRET, events=["job.failed"])

    async def story(services: Services) -> None:
        await _finish(services, 1)
        await _until(lambda: receiver.posts)

    _notifying(queue, story)
    [(headers, body)] = receiver.posts
    stamp = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == signature(_SECRET, headers["webhook-id"], stamp, body)


def test_the_signature_is_that_of_the_specifications_example() -> None:
    """Of https://github.com/standard-webhooks/standard-webhooks, "Verifying signatures"."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == expected


def test_a_receiver_that_is_away_gets_everything_later_and_nothing_twice(
    tmp_path: Path, receiver: Receiver
) -> None:
    queue = _queue(tmp_path, webhook=receiver.url, quiet_seconds=0.1, events=["job.failed"])
    receiver.status = 503

    async def refused(services: Services) -> None:
        await _finish(services, 1)
        await _until(lambda: receiver.posts)

        async def noted() -> bool:
            return any(way.error == "answered 503" for way in await _undelivered(services))

        await _until(noted)

    _notifying(queue, refused)
    receiver.status, before = 200, len(receiver.posts)

    async def later(services: Services) -> None:
        await _finish(services, 2)
        await _until(lambda: len(receiver.posts) > before)

        async def nothing_left() -> bool:
            return not await _undelivered(services)

        await _until(nothing_left)

    _notifying(queue, later)
    queue.ask(lambda services: services.notifier.flush())
    arrived = [title for titles in receiver.titles()[before:] for title in titles]
    assert sorted(arrived) == ["Failed: job 1", "Failed: job 2"]


def test_what_happened_while_nothing_ran_is_told_at_the_next_start(
    tmp_path: Path, receiver: Receiver
) -> None:
    queue = _queue(tmp_path, webhook=receiver.url, events=["job.failed"])
    queue.ask(lambda services: _finish(services, 1))

    async def story(_: Services) -> None:
        await _until(lambda: receiver.posts)

    _notifying(queue, story)
    assert receiver.titles() == [["Failed: job 1"]]


def test_a_queue_that_is_fed_slowly_is_finished_once_also_when_it_was_stopped_meanwhile(
    tmp_path: Path, receiver: Receiver
) -> None:
    notify = {"webhook": receiver.url, "quiet_seconds": 0.1, "events": ["job.failed", "queue.finished"]}

    async def stopped(services: Services) -> None:
        await _finish(services, 1)
        await _until(lambda: len(receiver.posts) == 1)
        await _finish(services, 2)
        await _until(lambda: len(receiver.posts) == 2)

    async def started(_: Services) -> None:
        await _until(lambda: len(receiver.posts) == 3)

    _notifying(_queue(tmp_path, **notify), stopped)
    assert receiver.titles() == [["Failed: job 1"], ["Failed: job 2"]]
    _notifying(_queue(tmp_path, **notify, finished_seconds=0.01), started)
    assert receiver.titles()[2] == ["The queue is finished"]
    assert json.loads(receiver.posts[2][1])["notifications"][0]["text"] == "Jobs: 2 failed."


def test_a_hook_gets_json_on_its_stdin_and_no_shell(tmp_path: Path) -> None:
    target = tmp_path / "got; touch oops"
    hook = [
        sys.executable,
        "-c",
        "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())",
        str(target),
    ]
    queue = _queue(tmp_path, command=hook, events=["job.failed"])
    queue.ask(lambda services: _finish(services, 7))
    queue.ask(lambda services: services.notifier.flush())
    [item] = json.loads(target.read_bytes())["notifications"]
    assert (item["kind"], item["job_id"], item["title"]) == ("job.failed", 7, "Failed: job 7")
    assert not (tmp_path / "oops").exists()


def test_a_test_tells_of_each_channel_whether_it_works_and_no_secret(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    queue = _queue(
        tmp_path,
        webhook=receiver.url,
        command=[str(tmp_path / "missing")],
        urls=[f"json://user:s3cret@127.0.0.1:{port}/", "nosuch://s3cret", "json://127.0.0.1:1/s3cret"],
    )
    results = queue.ask(lambda services: services.notifier.test())
    errors = {result.channel.partition(":")[0]: result.error for result in results}
    assert (errors["webhook"], errors["json"]) == (None, "json did not take it")
    assert "no program" in errors["command"]
    assert errors["nosuch"] == "Apprise knows no such address of nosuch"
    assert "s3cret" not in repr(results) + caplog.text
    assert len(receiver.posts) == 2


def test_everything_goes_on_while_a_slow_library_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "apprise.py").write_text(_SLOW_APPRISE)
    path = os.pathsep.join([str(tmp_path), str(Path(video_queue.__file__).parents[1])])
    test = subprocess.run(
        [sys.executable, "-c", _TESTS_NOTIFIER, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (test.stdout, test.stderr) == ("None\n", "")


def test_secrets_are_not_shown_among_the_settings(tmp_path: Path, receiver: Receiver) -> None:
    queue = _queue(
        tmp_path, webhook=receiver.url, webhook_secret=_SECRET, urls="discord://id/s3cret ntfy://topic"
    )
    shown = {setting["key"]: setting["value"] for setting in queue.settings.described()}
    assert shown["notify.webhook"] == "http://***"
    assert shown["notify.webhook_secret"] == "***"
    assert shown["notify.urls"] == ["discord://***", "ntfy://***"]
