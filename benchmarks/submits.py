"""How many small jobs a running server takes in a second: `python benchmarks/submits.py`.

64 clients submit at once over HTTP, each over one connection that stays open; every answer must be 201 and every job
must be there at the end. The server is a process of its own, with a new home and without a worker. What it used of the
cores is said besides, where the system tells. --quick only shows that it can be measured.
"""

from __future__ import annotations

# Run as a script, this folder leads sys.path and queue.py in it would hide the standard library's.
# isort: off
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
# isort: on

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from benchmarks.figure import print_figure
from tests.media_clips import make_clip

GOAL = 300.0
CLIENTS = 64
_ROUNDS = 3


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, int]]:
    """Address and process of `vq serve` on a new home; its queue is paused, so that it only takes jobs."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    home.mkdir()
    (home / "vq.toml").write_text(f"roots = [{json.dumps(str(home.parent))}]\n")
    vq = [sys.executable, "-m", "video_queue", "--home", str(home)]
    subprocess.run([*vq, "pause"], cwd=HERE.parent, env=kept, check=True, stdout=subprocess.DEVNULL)
    command = [*vq, "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=HERE.parent, env=kept, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        if not line.startswith(b"listening"):
            raise SystemExit("the server did not start")
        try:
            yield line.decode().split()[-1], server.pid
        finally:
            server.terminate()


def request(address: str, clip: Path, number: int) -> bytes:
    """A submission of one clip, unlike every other one."""
    body = json.dumps(
        {"workflow": "transcode", "inputs": [str(clip)], "name": f"job {number}", "dedupe": False}
    )
    head = (
        f"POST /api/jobs HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body.encode())}\r\n\r\n"
    )
    return (head + body).encode()


async def client(address: str, requests: list[bytes]) -> None:
    """Send these one after the other over one connection."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    for item in requests:
        writer.write(item)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise SystemExit(f"not taken: {head.decode()}")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
    writer.close()


async def submit_all(address: str, clip: Path, count: int) -> float:
    """Jobs a second, over all clients together."""
    requests = [request(address, clip, number) for number in range(count)]
    began = time.perf_counter()
    await asyncio.gather(*(client(address, requests[start::CLIENTS]) for start in range(CLIENTS)))
    return count / (time.perf_counter() - began)


def cpu_seconds(process: int) -> float | None:
    """What a process has used of the cores so far, which says more than its rate on a busy machine; Linux only."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=640, help="jobs of each round")
    parser.add_argument("--quick", action="store_true", help="one small round")
    args = parser.parse_args()
    count, rounds = (CLIENTS, 1) if args.quick else (args.jobs, _ROUNDS)
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as place:
        clip = make_clip(Path(place) / "clip.mp4", frames=3)
        with serving(Path(place) / "home") as (address, process):
            asyncio.run(submit_all(address, clip, CLIENTS))
            before = cpu_seconds(process)
            rates = [asyncio.run(submit_all(address, clip, count)) for _ in range(rounds)]
            after = cpu_seconds(process)
    print(f"{CLIENTS} clients at once: {statistics.median(rates):.0f} jobs a second (goal: {GOAL:.0f})")
    print_figure("submits_per_second", statistics.median(rates))
    if before is not None and after is not None:
        print(f"the server used {1000 * (after - before) / (count * rounds):.1f} ms of a core for each")


if __name__ == "__main__":
    main()
