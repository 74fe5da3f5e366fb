"""What is left of a time that was expected: some seconds later, of a phase that runs, and beside daily pauses."""

from __future__ import annotations

from video_queue.domain.hours import in_hours, next_begin, next_end
from video_queue.services.run_times import Span

# How many times of pauses by the schedule are followed.
_MOST_PAUSES = 400


def later(span: Span, seconds: float) -> Span:
    """What is left of it some seconds later."""
    return Span(*(max(0.0, value - seconds) for value in span))


def rest(whole: Span, progress: float, elapsed: float) -> Span:
    """What is left of a phase: what was expected of it counts less the further it has come.

    One that runs for longer than expected is about to end, and nobody knows when.
    """
    if not elapsed:
        return whole.times(1 - progress)
    seen = elapsed / progress if progress > 0 else 0.0
    middle = whole.mid + (seen - whole.mid) * progress
    low, high = ((value - whole.mid) * (1 - progress) + middle for value in (whole.low, whole.high))
    late = (1 - progress) * min(elapsed, middle)
    left = max(middle - elapsed, 0.1 * late)
    return Span(max(low - elapsed, 0.0), left, max(high - elapsed, 0.4 * late, left), left)


def end_with_pauses(begin: float, seconds: float, schedule: str | None) -> float:
    """When work that begins now ends, where the queue pauses in these hours of each day."""
    if schedule is None:
        return begin + seconds
    now = next_end(schedule, begin) if in_hours(schedule, begin) else begin
    for _ in range(_MOST_PAUSES):
        pause = next_begin(schedule, now)
        if now + seconds <= pause:
            break
        seconds -= pause - now
        now = next_end(schedule, pause)
    return now + seconds
