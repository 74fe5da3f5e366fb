"""Every goal with its command: run them one after the other, and write what they print to docs/figures.md.

    python -m benchmarks.all                 all but the long ones, about 15 minutes on two quiet cores
    python -m benchmarks.all --short         each in its short form: shows that they run, and writes nothing
    python -m benchmarks.all --only kill_loop soak    those of these goals or commands, long ones too
    python -m benchmarks.all --long          everything: hours
    python -m benchmarks.all --write         only write docs/figures.md again from benchmarks/measured.json

A command that fails or takes too long has a row that says so; the rest go on. Needs the extras `test` and `bench`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figure import read_figures
from benchmarks.goals import TABLES, Command, Goal

ROOT = Path(__file__).parents[1]
MEASURED, PAGE = ROOT / "benchmarks" / "measured.json", ROOT / "docs" / "figures.md"
_PYTEST = re.compile(r"^\d+ (?:passed|failed|skipped|error).* in [\d.]+s", re.MULTILINE)
_BEGIN, _END = "<!-- written by benchmarks.all -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure as it was measured; without a `value`, `note` says why there is none."""

    value: float | None
    note: str
    command: str
    date: str
    machine: str


def commands() -> list[Command]:
    return [command for table in TABLES.values() for command in table]


def chosen(options: argparse.Namespace) -> list[Command]:
    """The commands that are to be run."""
    if not options.only:
        return [command for command in commands() if options.long or not command.long]
    words = set(options.only)
    return [
        command
        for command in commands()
        if words & {goal.name for goal in command.goals} or any(word in command.command for word in words)
    ]


def words_of(command: Command, *, short: bool) -> list[str]:
    """What is typed after `python`."""
    return shlex.split(f"{command.command} {command.short if short else command.full}")


def run(command: Command, *, short: bool) -> dict[str, Measured]:
    """Its figures by their names; whatever happens to it, each goal has one."""
    words = words_of(command, short=short)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    printed, status = output_of([sys.executable, *words], environ, command.seconds)
    print(printed, flush=True)
    figures, note = read_figures(printed), ""
    if status is None:
        note = f"stopped after {command.seconds} s"
    elif counts := _PYTEST.search(printed):
        note = counts[0].rpartition(" in ")[0]
        figures = {command.goals[0].name: sum(map(int, re.findall(r"(\d+) (?:failed|error)", note)))}
    elif status:
        note = f"ended with {status}: {(printed.strip().splitlines() or [''])[-1][:80]}"
    typed = shlex.join(["python", *words])
    now, where = datetime.now(UTC).strftime("%Y-%m-%d"), machine()
    return {goal.name: Measured(figures.get(goal.name), note, typed, now, where) for goal in command.goals}


def output_of(words: list[str], environ: dict[str, str], seconds: float) -> tuple[str, int | None]:
    """What a process and those that it starts print, and its status; None where all of them were stopped."""
    with subprocess.Popen(
        words, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        errors="replace", start_new_session=True,
    ) as process:  # fmt: skip
        try:
            return process.communicate(timeout=seconds)[0], process.returncode
        except subprocess.TimeoutExpired:
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            return process.communicate()[0], None


def machine() -> str:
    """Cores, processor and system, and the load: what else it did in the last minute."""
    info = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    model = models[0] if models else platform.processor() or platform.machine()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {model}, {system}{load}"


def read_measured() -> dict[str, Measured]:
    rows = json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}
    return {name: Measured(**row) for name, row in rows.items()}


def row(goal: Goal, command: Command, measured: Measured | None) -> str:
    """The line of a goal: what, goal, measured, held, when, the command."""
    limit = f"{'≥' if goal.more else '≤'} {shown(goal.limit, goal.unit)}" if goal.limit else "none"
    typed = shlex.join(["python", *words_of(command, short=False)])
    if measured is None:
        return f"| {goal.what} | {limit} | not measured yet | | | `{typed}` |"
    if measured.value is None:
        return f"| {goal.what} | {limit} | {measured.note or 'no figure'} | ? | {measured.date} | `{typed}` |"
    held = goal.held(measured.value)
    verdict = "yes" if held else f"no{f': {goal.why}' if goal.why else ''}"
    figure = shown(measured.value, goal.unit) + (f" ({measured.note})" if measured.note else "")
    return f"| {goal.what} | {limit} | {figure} | {verdict} | {measured.date} | `{typed}` |"


def shown(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"× {number}" if unit == "×" else f"{number} {unit}".strip()


def lines(measured: dict[str, Measured]) -> Iterator[str]:
    """The tables, and the machines."""
    machines = sorted({item.machine for item in measured.values()})
    for title, table in TABLES.items():
        yield from ("", f"### {title}", "", "| what | goal | measured | held | on | command |")
        yield "| --- | --- | --- | --- | --- | --- |"
        for command in table:
            yield from (row(goal, command, measured.get(goal.name)) for goal in command.goals)
    yield from ("", "Measured on:", "", *(f"- {item}" for item in machines))


def write_page(measured: dict[str, Measured]) -> str:
    """docs/figures.md with the tables between its two marks."""
    text = PAGE.read_text("utf-8")
    head, tail = text.partition(_BEGIN)[0], text.partition(_END)[2]
    return f"{head}{_BEGIN}\n" + "\n".join(lines(measured)) + f"\n\n{_END}{tail}"


def save(measured: dict[str, Measured]) -> None:
    rows = {name: asdict(item) for name, item in sorted(measured.items())}
    MEASURED.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(write_page(measured), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="WORD")
    options = parser.parse_args()
    measured, latest = read_measured(), dict[str, Measured]()
    several = [] if options.write else chosen(options)
    for number, command in enumerate(several, 1):
        print(f"[{number}/{len(several)}] {command.command}", flush=True)
        began = time.monotonic()
        latest |= run(command, short=options.short)
        print(f"[{number}/{len(several)}] took {time.monotonic() - began:.0f} s", flush=True)
        if not options.short:
            save({**measured, **latest})
    if options.write:
        save(measured)
    for command in several:
        for goal in command.goals:
            print(row(goal, command, latest[goal.name]))


if __name__ == "__main__":
    main()
