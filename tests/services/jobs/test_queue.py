"""Pauses that come and end by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.services.watch.watched import Watched
from video_queue.domain.views import QueueView


def hours(watched: Watched, begin: int, end: int) -> str:
    """From so many hours after now until so many."""
    now = datetime.fromtimestamp(watched.clock.now())  # noqa: DTZ006 - hours are in local time
    return f"{now + timedelta(hours=begin):%H:%M}-{now + timedelta(hours=end):%H:%M}"


def set_schedule(watched: Watched, schedule: str | None) -> QueueView:
    return watched.ask(lambda services: services.queue.set_schedule(schedule))


def later(watched: Watched, hours_later: float) -> QueueView:
    """The queue after that time, when the schedule was kept."""

    async def keep(services):  # type: ignore[no-untyped-def]
        await services.queue.keep_schedule()
        return await services.queue.view()

    watched.clock.skip(hours_later * 3600)
    view: QueueView = watched.ask(keep)
    return view


def test_the_queue_pauses_in_the_hours_of_its_schedule_and_says_until_when(watched: Watched) -> None:
    view = set_schedule(watched, hours(watched, -1, 2))
    assert (view.state, view.reason) == ("paused", "schedule")
    assert view.until is not None
    assert abs(datetime.fromisoformat(view.until).timestamp() - watched.clock.now() - 2 * 3600) < 61


def test_a_schedule_of_other_hours_pauses_when_they_begin(watched: Watched) -> None:
    schedule = hours(watched, 2, 4)
    view = set_schedule(watched, schedule)
    assert (view.state, view.schedule) == ("running", schedule)
    assert later(watched, 3).state == "paused"


def test_who_resumes_is_left_alone_until_the_hours_begin_again(watched: Watched) -> None:
    set_schedule(watched, hours(watched, -1, 2))
    assert watched.ask(lambda services: services.queue.resume()).state == "running"
    assert later(watched, 1).state == "running"
    assert later(watched, 22.5).state == "paused"


def test_the_pause_of_a_schedule_ends_when_it_is_off_or_of_other_hours(watched: Watched) -> None:
    set_schedule(watched, hours(watched, -1, 2))
    assert set_schedule(watched, hours(watched, 3, 4)).state == "running"
    assert later(watched, 3).state == "paused"
    assert set_schedule(watched, None).state == "running"


def test_a_pause_of_the_artists_own_stays_when_the_schedule_is_off(watched: Watched) -> None:
    set_schedule(watched, hours(watched, -1, 2))
    until = datetime.fromtimestamp(watched.clock.now() + 5000, UTC)
    watched.ask(lambda services: services.queue.pause(until=until))
    assert set_schedule(watched, None).state == "paused"
    set_schedule(watched, hours(watched, -1, 2))
    watched.ask(lambda services: services.queue.pause())
    assert set_schedule(watched, None).state == "paused"


def test_a_schedule_that_is_off_pauses_no_more(watched: Watched) -> None:
    set_schedule(watched, hours(watched, 1, 3))
    assert set_schedule(watched, None).schedule is None
    assert later(watched, 2).state == "running"
