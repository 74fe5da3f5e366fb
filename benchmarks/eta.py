"""How good estimates are: histories replayed in order, each run predicted from those before it.

    python -m benchmarks.eta [RECORDING]
    python -m benchmarks.eta record RECORDING

Per history: the median error, that of runs with five before them of the same kind, how many ended within the range
(80 % is what it promises), and how wide the range was (high / low).
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.eta_histories import HISTORIES
from benchmarks.eta_recording import record
from benchmarks.figure import print_figure
from video_queue.db import timings
from video_queue.services.paces import measures_of_phase
from video_queue.services.run_times import Run, Span, learn


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was said before a run, and what it took; how many runs there were `before` it, and how many of its kind."""

    span: Span
    seconds: float
    before: int
    alike: int

    @property
    def error(self) -> float:
        return abs(self.span.mid - self.seconds) / self.seconds

    @property
    def held(self) -> bool:
        return self.span.low <= self.seconds <= self.span.high


def replay(runs: Iterable[Run]) -> list[Prediction]:
    """Each run as it was predicted from those before it, kept as the database keeps them."""
    kept: list[Run] = []
    seen: Counter[str] = Counter()
    predictions = []
    for before, run in enumerate(runs):
        kind = repr(run.measures)
        pace = learn(kept)
        if pace:
            predictions.append(Prediction(pace.seconds(run.measures), run.seconds, before, seen[kind]))
        seen[kind] += 1
        kept = _kept(kept, run)
    return predictions


def _kept(kept: list[Run], run: Run) -> list[Run]:
    alike = [number for number, other in enumerate(kept) if other.measures == run.measures]
    if len(alike) >= timings.KEPT_ALIKE:
        kept = kept[: alike[0]] + kept[alike[0] + 1 :]
    return [*kept, run][-timings.KEPT_RUNS :]


def summary(predictions: Sequence[Prediction]) -> str:
    alike = [item.error for item in predictions if item.alike >= 5]
    held = sum(item.held for item in predictions) / len(predictions)
    width = median(item.span.high / max(item.span.low, 1e-3) for item in predictions)
    first = median(item.error for item in predictions[:10])
    return (
        f"{len(predictions):4} runs  error {median(item.error for item in predictions):6.1%}  first ten {first:6.1%}"
        f"  after five alike {median(alike) if alike else float('nan'):6.1%}  in range {held:6.1%}  width {width:5.2f}"
    )


def read_recording(path: Path) -> dict[tuple[str, str], list[Run]]:
    """The runs of a recording by workflow and phase; those that loaded models are left out, as estimates do."""
    runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for line in path.read_text().splitlines():
        row = json.loads(line)
        if not row["loaded"]:
            measures = {name: value for name, value in row["measures"].items() if name != "uses"}
            run = Run(row["seconds"], measures_of_phase(measures, row["phase"], row["family"]))
            runs[row["workflow"], row["phase"] or "publishing"].append(run)
    return dict(runs)


def main(arguments: Sequence[str]) -> None:
    if arguments[:1] == ["record"]:
        record(Path(arguments[1]))
        return
    worst = 0.0
    for name, history in HISTORIES.items():
        predictions = [item for seed in range(4) for item in replay(history(random.Random(seed)))]
        print(f"{name:32} {summary(predictions)}")
        worst = max(worst, median(item.error for item in predictions if item.before >= 5))
    print_figure("eta_error", worst)
    if not arguments:
        return
    path = Path(arguments[0])
    everything = []
    for (workflow, phase), runs in read_recording(path).items():
        predictions = replay(runs)
        everything += predictions
        print(f"{workflow + ', ' + phase:32} {summary(predictions)}")
    print(f"{'all recorded':32} {summary(everything)}")


if __name__ == "__main__":
    main(sys.argv[1:])
