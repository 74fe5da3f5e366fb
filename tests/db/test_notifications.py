"""The inbox as rows: what committed events make of it, each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tests.db.conftest import NOW
from video_queue.db import notifications, queue_state, watch_files, watches
from video_queue.db.connection import Connection
from video_queue.db.events import append_event, append_prompt_event
from video_queue.db.jobs import set_job_held
from video_queue.domain.events import EventType
from video_queue.domain.notifications import NotificationKind
from video_queue.domain.states import HeldReason, JobState, LaneState

_ALL = tuple(NotificationKind)


def _collect(
    conn: Connection, *channels: str, kinds: tuple[NotificationKind, ...] = _ALL
) -> list[tuple[str, str]]:
    """Kind and title of the unread, oldest first, after everything unseen was looked at."""
    while notifications.collect(conn, channels, kinds):
        pass
    _notify_end(conn, *channels, kinds=kinds)
    page = notifications.list_notifications(conn, 100, unread=True)
    return [(item.kind, item.title) for item in reversed(page.items)]


def _notify_end(
    conn: Connection,
    *channels: str,
    kinds: tuple[NotificationKind, ...] = _ALL,
    passed: float = 120,
    watching: bool = False,
) -> float | None:
    """Ask for the end of the queue so many seconds after `NOW`; it waits for 120."""
    now = datetime.fromisoformat(NOW).timestamp() + passed
    return notifications.notify_end(conn, channels, kinds, now=now, after=120, watching=watching)


def _titles(conn: Connection) -> list[str]:
    return [item.title for item in notifications.list_notifications(conn, 9).items]


def _end(conn: Connection, job_id: int, state: JobState = JobState.SUCCEEDED) -> None:
    conn.execute("UPDATE job SET state = ? WHERE id = ?", (state, job_id))
    append_event(conn, EventType.JOB_FINISHED, NOW, job_id=job_id, state=state, counts={})


def test_a_finished_job_and_the_end_of_the_queue_are_told_once(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    first, second = add_job(name="shot 12"), add_job(name="shot 13")
    _end(conn, first)
    assert _collect(conn) == [("job.finished", "Finished: shot 12")]
    _end(conn, second, JobState.FAILED)
    expected = [
        ("job.finished", "Finished: shot 12"),
        ("job.failed", "Failed: shot 13"),
        ("queue.finished", "The queue is finished"),
    ]
    assert _collect(conn) == expected
    assert _collect(conn) == expected
    [last, *_] = notifications.list_notifications(conn, 1).items
    assert last.text == "Jobs: 1 failed, 1 succeeded."


def test_the_second_end_of_the_queue_counts_from_the_first(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    for _ in range(2):
        _end(conn, add_job())
        _collect(conn)
    texts = [
        item.text for item in notifications.list_notifications(conn, 9).items if item.kind == "queue.finished"
    ]
    assert texts == ["Jobs: 1 succeeded."] * 2


def test_a_queue_that_runs_dry_for_a_moment_is_finished_once(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    for passed in (0, 119):
        _end(conn, add_job())
        while notifications.collect(conn, (), ()):
            pass
        assert _notify_end(conn, passed=passed) == 120 - passed
    add_job()
    assert _notify_end(conn) is None
    assert "The queue is finished" not in _titles(conn)
    conn.execute("UPDATE job SET state = 'succeeded'")
    assert _notify_end(conn) is None
    assert notifications.list_notifications(conn, 1).items[0].text == "Jobs: 2 succeeded."
    assert _notify_end(conn) is None
    assert _titles(conn).count("The queue is finished") == 1


def test_the_end_of_the_queue_waits_for_files_that_are_still_copied_into_a_watched_folder(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    _end(conn, add_job())
    notifications.collect(conn, (), ())
    watch = watches.add_watch(conn, "/drop", "{}", None, NOW)
    row = watch_files.LedgerRow("a.mp4", 1, 1, "waiting", "changing", "it changed", 0.0)
    watch_files.write_rows(conn, watch, [row], NOW)
    assert _notify_end(conn, watching=True) is None
    assert "The queue is finished" not in _titles(conn)
    watch_files.write_rows(conn, watch, [row._replace(state="failed", rule="unreadable")], NOW)
    _notify_end(conn, watching=True)
    assert "The queue is finished" in _titles(conn)


def test_the_end_of_the_queue_is_told_before_the_machine_goes_to_sleep(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    _end(conn, add_job())
    notifications.collect(conn, (), ())
    queue_state.begin_countdown(conn, "sleep", NOW, NOW)
    _notify_end(conn, passed=0)
    assert "The queue is finished" in _titles(conn)


def test_a_queue_that_was_cancelled_tells_nothing(conn: Connection, add_job: Callable[..., int]) -> None:
    _end(conn, add_job(), JobState.CANCELLED)
    assert _collect(conn) == []


def test_the_end_of_the_queue_names_what_waits_for_a_person(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    done, held = add_job(), add_job()
    set_job_held(conn, held, HeldReason.USER, NOW)
    _end(conn, done)
    _collect(conn)
    assert notifications.list_notifications(conn, 1).items[0].text == (
        "Jobs: 1 succeeded. 1 waits for you: held, or in review."
    )


def test_a_job_that_the_breaker_holds_is_told(conn: Connection, add_job: Callable[..., int]) -> None:
    job = add_job(name="grain")
    set_job_held(conn, job, HeldReason.USER, NOW)
    set_job_held(conn, job, HeldReason.BREAKER, NOW)
    assert _collect(conn) == [("job.held", "Held: grain")]


def test_a_hundred_reviews_of_a_job_are_one_notification_until_it_is_read(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    job = add_job(prompts=3, name="cuts")
    prompts = [row["id"] for row in conn.execute("SELECT id FROM prompt WHERE job_id = ?", (job,))]
    for prompt in prompts[:2]:
        append_prompt_event(conn, EventType.PROMPT_REVIEW, NOW, prompt, phase="check")
    append_prompt_event(conn, EventType.PROMPT_REVIEW, NOW, prompts[0], decision="approved")
    assert _collect(conn) == [("prompt.review", "Waits for your review: cuts")]
    notifications.mark_all_read(conn, 10)
    append_prompt_event(conn, EventType.PROMPT_REVIEW, NOW, prompts[2], phase="check")
    assert _collect(conn) == [("prompt.review", "Waits for your review: cuts")]


def test_a_watched_folder_that_is_away_is_told_once_until_it_is_read(conn: Connection) -> None:
    for _ in range(2):
        for state, enabled in (("away", True), ("watching", True), ("away", False)):
            append_event(
                conn,
                EventType.WATCH_CHANGED,
                NOW,
                watch=1,
                path="/in",
                state=state,
                reason="gone",
                enabled=enabled,
            )
    assert _collect(conn) == [("watch.stuck", "Watched folder away: /in")]
    assert notifications.list_notifications(conn, 1).items[0].text == "gone."


def test_files_that_were_given_up_are_told_once_until_it_is_read(conn: Connection) -> None:
    for name in ("a.mp4", "b.mp4"):
        data = {"watch": 1, "folder": "/in", "file": name, "reason": "it has no end"}
        append_event(conn, EventType.WATCH_FILE_FAILED, NOW, **data)
    assert _collect(conn) == [("watch.file_failed", "Files given up in /in")]
    assert notifications.list_notifications(conn, 1).items[0].text.startswith("a.mp4: it has no end.")


def test_only_the_last_end_of_the_queue_is_unread(conn: Connection, add_job: Callable[..., int]) -> None:
    for name in ("one", "two"):
        _end(conn, add_job(name=name))
        _collect(conn)
    unread = notifications.list_notifications(conn, 9, unread=True).items
    assert [item.kind for item in unread] == ["queue.finished", "job.finished", "job.finished"]


def test_a_full_disk_is_told_when_it_begins(conn: Connection) -> None:
    for state, reason in (
        (LaneState.WAITING, "disk_full"),
        (LaneState.RUNNING, None),
        (LaneState.WAITING, "comfy_busy"),
    ):
        queue_state.set_lane(conn, "media", state, reason, NOW)
    assert _collect(conn) == [("disk.full", "The disk is full")]


def test_each_notification_is_announced_to_the_page(conn: Connection, add_job: Callable[..., int]) -> None:
    _end(conn, add_job(name="one"))
    conn.events.clear()
    _collect(conn)
    announced = [(event.data["kind"], event.data["title"]) for event in conn.events]
    assert announced == [("job.finished", "Finished: one"), ("queue.finished", "The queue is finished")]


def test_an_older_home_begins_with_its_last_event(conn: Connection, add_job: Callable[..., int]) -> None:
    _end(conn, add_job())
    conn.execute("DELETE FROM notifier")
    conn.execute("INSERT INTO notifier (id, seen) SELECT 1, coalesce(max(id), 0) FROM event")
    assert _collect(conn) == []


def test_only_the_kinds_that_are_asked_for_leave_the_inbox(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    _end(conn, add_job())
    _collect(conn, "ntfy:1", "webhook", kinds=(NotificationKind.QUEUE_FINISHED,))
    [item] = notifications.claim_deliveries(conn, "ntfy:1")
    assert item.kind == "queue.finished"
    assert notifications.claim_deliveries(conn, "ntfy:1") == []
    notifications.record_unsent(conn, "ntfy:1", [item.id], "answered 500")
    [item] = notifications.claim_deliveries(conn, "ntfy:1")
    assert [(way.channel, way.state, way.error) for way in item.undelivered] == [
        ("ntfy:1", "sending", "answered 500"),
        ("webhook", "waiting", None),
    ]
    notifications.record_sent(conn, "ntfy:1", [item.id])
    notifications.keep_channels(conn, ["ntfy:1"])
    assert notifications.list_notifications(conn, 1).items[0].undelivered == []


def test_a_message_that_a_receiver_refuses_keeps_no_other_from_it(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    arrived, sent_together = list[int](), list[int]()
    jobs = [add_job() for _ in range(4)]
    for job in jobs[:2]:
        _end(conn, job, JobState.FAILED)
    refused, *_ = claimed = _claim_failures(conn)
    while claimed:
        sent_together.append(len(claimed))
        if refused in claimed:
            notifications.record_unsent(conn, "webhook", claimed, "answered 400")
        else:
            notifications.record_sent(conn, "webhook", claimed)
            arrived += claimed
        if len(sent_together) == 5:
            _end(conn, jobs[2], JobState.FAILED)
        claimed = _claim_failures(conn)
    assert sent_together == [2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 1, 1]
    assert len(arrived) == 2
    [given_up] = [item for item in notifications.list_notifications(conn, 9).items if item.undelivered]
    assert (given_up.id, given_up.undelivered[0].state) == (refused, "failed")


def _claim_failures(conn: Connection) -> list[int]:
    """What the webhook sends next of failed jobs."""
    _collect(conn, "webhook", kinds=(NotificationKind.JOB_FAILED,))
    return [item.id for item in notifications.claim_deliveries(conn, "webhook")]


def test_the_inbox_is_read_page_by_page(conn: Connection, add_job: Callable[..., int]) -> None:
    for _ in range(3):
        _end(conn, add_job())
        _collect(conn)
    page = notifications.list_notifications(conn, 4)
    assert (len(page.items), page.unread) == (4, 4)
    rest = notifications.list_notifications(conn, 4, page.next_cursor)
    assert (len(rest.items), rest.next_cursor) == (2, None)
    assert notifications.mark_read(conn, page.items[0].id, read=True) is not None
    assert notifications.mark_read(conn, 99, read=True) is None
    unread = notifications.list_notifications(conn, 9, unread=True)
    assert (len(unread.items), unread.unread) == (3, 3)
