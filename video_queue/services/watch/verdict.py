"""The rules that decide about one file, in their order: from facts to a verdict, without reading anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from video_queue.domain.moments import iso
from video_queue.domain.watches import FileState, Rule

# A file that cannot be read to its end is given up after this time without a change.
GIVE_UP_SECONDS = 600.0
_RETRY_SECONDS = 15.0
_REFUSED_SECONDS = 60.0

# What would change the decision of each rule.
CHANGES: dict[str, str] = {
    "hidden": "Give it a name that does not begin with a dot.",
    "temporary": "It is considered when the program that writes it gives it its final name.",
    "pattern": "Change include or exclude of the watch, or the file's name.",
    "kind": "Give a file of a kind that the workflow takes, or watch with another workflow.",
    "deep": "Move it up, or add the watch with recursive.",
    "empty": "It is considered when something is written to it.",
    "own": "Copy it under another name to have it taken: outputs of video_queue never are.",
    "existing": "It was there before the watch. Replace or touch it, or submit it with vq submit.",
    "new": "It is considered when it has kept its size and time.",
    "changing": "It is considered when it has kept its size and time.",
    "open": "Close it in the program that writes it.",
    "partial": "It is considered when the download beside it is finished.",
    "unreadable": "Copy it again; it is read once more after each change and now and then.",
    "sidecar": "Correct the file of settings; it is read again after each change.",
    "hours": "Wait, or change hours of the watch.",
    "max_new": "Wait, or raise max_new of the watch.",
    "refused": "Correct what is named; it is tried again by itself.",
    "paused": "Resume the watch with vq watch resume.",
    "away": "Bring the folder back.",
    "failing": "Correct what is named; the watch goes on by itself.",
    "taken": "A change of the file makes a new job.",
    "renamed": "A change of the file makes a new job; that of its name made none.",
    "moved": "A file of that name will be new.",
    "gone": "Put it back.",
    "unwatched": "Add a watch for its folder with vq watch add.",
    "ready": "It is taken with the next scan.",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a file. `stable` says how long size and time have to stay, `since` since when they do.

    `problem` is why it cannot be read to its end, `settings_problem` why its sidecar cannot be used.
    """

    now: float
    since: float
    stable: float
    is_open: bool = False
    partner: str | None = None
    has_manifest: bool = False
    problem: str | None = None
    settings_problem: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state a file comes into, the rule that decided and why; `due`: when it is considered again by itself."""

    state: FileState
    rule: Rule
    reason: str
    due: float | None = None

    @property
    def change(self) -> str:
        """What would change it."""
        return CHANGES[self.rule]


READY = Verdict(FileState.WAITING, "ready", "nothing holds it back")


def judge(facts: Facts) -> Verdict:
    """The first rule that holds a file back; `READY` where none does."""
    retry = facts.now + _RETRY_SECONDS
    kept = facts.now - facts.since
    if facts.has_manifest:
        return Verdict(
            FileState.IGNORED, "own", "it is an output of video_queue: its manifest lies beside it"
        )
    if kept < facts.stable:
        reason = f"it last changed {moment(facts.since)} and has to stay as it is for {facts.stable:g} s"
        return Verdict(FileState.WAITING, "changing", reason, facts.since + facts.stable)
    if facts.partner:
        return Verdict(
            FileState.WAITING, "partial", f"{facts.partner} says that it is still downloaded", retry
        )
    if facts.is_open:
        return Verdict(
            FileState.WAITING, "open", "a program has it open for writing", facts.now + facts.stable
        )
    if facts.problem:
        return _unreadable(facts, kept, retry)
    if facts.settings_problem:
        return Verdict(FileState.WAITING, "sidecar", facts.settings_problem, retry)
    return READY


def left_out(rule: Rule, reason: str) -> Verdict:
    """For files that the watch takes no more, by their names or folders, since it was changed."""
    return Verdict(FileState.IGNORED, rule, reason)


def outside_hours(begin: float) -> Verdict:
    """For files that are due while the hours of their watch have not begun."""
    return Verdict(FileState.WAITING, "hours", f"the hours of its watch begin {moment(begin)}", begin)


def too_many(turn: float) -> Verdict:
    """For files that are due when the watch has taken as many as it may; `turn` is when theirs comes."""
    reason = "the watch has taken as many as max_new allows in a minute"
    return Verdict(FileState.WAITING, "max_new", reason, turn)


def refused(now: float, reason: str, *, by_settings: bool) -> Verdict:
    """For files whose submission has problems, by its file of settings or in general."""
    return Verdict(FileState.WAITING, "sidecar" if by_settings else "refused", reason, now + _REFUSED_SECONDS)


def _unreadable(facts: Facts, kept: float, retry: float) -> Verdict:
    if kept >= GIVE_UP_SECONDS:
        reason = (
            f"it cannot be read to its end and has not changed since {moment(facts.since)}: {facts.problem}"
        )
        return Verdict(FileState.FAILED, "unreadable", reason)
    reason = f"it cannot be read to its end yet: {facts.problem}"
    return Verdict(FileState.WAITING, "unreadable", reason, retry)


def moment(seconds: float) -> str:
    """A moment as reasons name it: ISO 8601 UTC, whole seconds."""
    return iso(datetime.fromtimestamp(seconds, UTC))[:19] + "Z"
