"""What this project sets out to reach, in figures, and the one command that prints each of them.

`benchmarks.all` runs the commands and writes docs/figures.md. A benchmark prints `figure: NAME VALUE` for each of its
goals (benchmarks/figure.py); of tests it is counted how many failed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure by its name, what it is, and how much it may be at most, or at least where `more` is better."""

    name: str
    what: str
    limit: float
    unit: str = ""
    more: bool = False
    why: str = ""
    """Why it may not be held, where that is known."""

    def held(self, value: float) -> bool:
        return value >= self.limit if self.more else value <= self.limit


@dataclass(frozen=True, slots=True)
class Command:
    """What follows `python`, with the arguments of its short and its full form.

    `seconds` are how long it may take; what is `long` is run by name only.
    """

    command: str
    goals: tuple[Goal, ...]
    short: str = "--quick"
    full: str = ""
    seconds: int = 240
    long: bool = False


def passing(name: str, what: str, paths: str, *, seconds: int = 200) -> Command:
    """Tests of which none may fail."""
    files = " ".join(f"tests/{path}" for path in paths.split())
    return Command(
        f"-m pytest -q {files}", (Goal(name, what, 0, "failed"),), short="", seconds=seconds, long=True
    )


def promises(name: str, what: str, module: str, short: str, full: str) -> Command:
    """A long run of which no promise may be broken."""
    goal = Goal(name, what, 0, "broken")
    return Command(f"-m {module}", (goal,), short=short, full=full, seconds=7200, long=True)


SPEED = (
    Command(
        "benchmarks/queue.py",
        (
            Goal("submit_seconds", "submit a job of 10,000 prompts", 1, "s"),
            Goal("submit_bytes", "the same, on disk for each prompt", 1024, "bytes"),
            Goal("enqueue_peers", "enqueue 1,000 items at once, × the rate of the best peer", 1.5, "×", more=True),
            Goal("enqueue_sqlite", "the same, × sqlite3 with our columns and indexes", 0.7, "×", more=True),
            Goal("claim_history", "claim + complete at 1,000,000 rows, × its rate at 1,000", 0.8, "×", more=True),
            Goal(
                "claim_litequeue", "the same, × litequeue as it comes", 1, "×", more=True,
                why="litequeue leaves its commits to the cache; ours are on the disk",
            ),
            Goal(
                "claim_litequeue_on_disk", "the same, × litequeue with commits on disk", 1, "×", more=True,
                why="a commit writes a job, its counts and an event besides",
            ),
            Goal(
                "first_page_ms", "first page of jobs with counts at 1,000,000 prompts", 2, "ms",
                why="50 jobs are shown with 16 pictures each",
            ),
            Goal("wakeup_ms", "what a wakeup asks, 200,000 prompts or 10,000 jobs open, the slowest", 1, "ms"),
        ),
        seconds=300,
    ),
    Command(
        "benchmarks/start.py",
        (
            Goal("start_seconds", "start of the server at 1,000,000 prompts", 1.5, "s"),
            Goal("first_page_http_ms", "first page of jobs there, over HTTP", 20, "ms"),
        ),
        short="--rows 1000",
        seconds=150,
    ),
    Command(
        "benchmarks/comfy.py",
        (
            Goal(
                "gap_quick_ms", "ComfyUI's end of a prompt to its start of the next, renders of 10 ms", 5, "ms",
                why="renders shorter than vq's own work between two of them",
            ),
            Goal("gap_slow_ms", "the same, renders of 50 ms", 5, "ms"),
            Goal("gap_slow_script", "the same, × a bare script", 3, "×"),
            Goal(
                "time_quick", "200 prompts of 10 ms, × the time of ComfyUI's own queue", 1.3, "×",
                why="renders shorter than vq's own work between two of them",
            ),
            Goal("time_slow", "200 prompts of 50 ms, × the time of ComfyUI's own queue", 1.3, "×"),
            Goal("time_items", "200 items of one phase, 50 ms each, × the same", 1.03, "×"),
        ),
    ),
    Command(
        "benchmarks/media.py",
        (
            Goal("media_prompt_ms", "what a media prompt costs beside its phases", 15, "ms"),
            Goal("silences", "250 silences cut out, × a plain re-encode of the clip", 1, "×"),
            Goal("phase_convert", "convert a clip, × the bare ffmpeg command", 1.05, "×"),
            Goal("phase_encode", "encode pictures, × the bare ffmpeg command", 1.05, "×"),
            Goal("phase_captions", "draw captions into a clip, × the bare ffmpeg command", 1.05, "×"),
            Goal("sprite_sheet", "a sheet of a clip of five minutes, × as fast as one ffmpeg pass", 2, "×", more=True),
        ),
        full="--repeat 2",
        seconds=600,
    ),
    Command(
        "benchmarks/claims.py",
        (
            Goal("claim_ms", "a claim with 10,000 jobs and 200,000 prompts waiting, median", 1, "ms"),
            Goal("resume_seconds", "kill -9 of the server to the first claim, 10,000 prompts queued, median", 2, "s"),
        ),
    ),
    Command("benchmarks/submits.py", (
        Goal("submits_per_second", "64 clients that submit at once over HTTP", 300, "a second", more=True),
    )),
    Command("benchmarks/lanes.py", (
        Goal("gpu_busy", "the GPU is busy while work for it exists, ffmpeg phases beside", 0.97, more=True),
    )),
    Command("benchmarks/instances.py", (
        Goal("instances", "prompts of 1 s with two ComfyUIs, × the rate of one", 1.9, "×", more=True),
    ), full="--prompts 60", seconds=150),
    Command("benchmarks/sockets.py", (
        Goal("socket_p99_ms", "end of a render in ComfyUI to each of 50 open sockets, p99", 50, "ms"),
    )),
    Command("benchmarks/command_line.py", (
        Goal("command_submit", "vq submit to a running server, × the smallest Typer program", 1, "×"),
        Goal("command_help", "vq --help, × its --help", 1, "×"),
    ), short=""),
    Command("-m benchmarks.ui", (
        Goal("page_usable_ms", "the page with 10,000 jobs: usable after it is opened", 500, "ms"),
        Goal("page_frame_ms", "the same: p95 of frames while 100 jobs change in a second", 33, "ms"),
    ), short="--jobs 200 --seconds 1 --events 2000", seconds=300),
    Command("benchmarks/watch.py", (
        Goal("watch_drop_seconds", "10,000 files dropped at once: each a job after they were stable", 10, "s"),
    ), short="--files 200 --tree 200 --idle 1"),
    Command("-m benchmarks.eta", (
        Goal("eta_error", "estimates after five runs: median error, the worst of five histories", 0.15),
    ), short=""),
    passing("model_loads", "a job of two models loads each of them once", "worker/rendering/test_affinity.py"),
    passing("first_load", "first load of the page at most 60 KB as sent", "page/test_costs.py"),
)  # fmt: skip

ROBUSTNESS = (
    promises(
        "kill_loop", "500 kills, 2,000 prompts: lost, doubled, partial, overwritten", "tests.crash.kill_loop",
        "--prompts 12 --troubles 5", "--prompts 2000 --troubles 780",
    ),
    promises("storms", "300 storms of actions at once", "tests.crash.storms", "--storms 3", "--storms 300"),
    promises("cancel_races", "1,000 cancels at the end of work", "tests.crash.cancel_races", "--cancels 20", ""),
    promises("disk_full", "a disk that fills up, 50 moments", "tests.crash.disk_full", "--points 2", ""),
    promises("watch_kills", "500 files dropped under 40 kills", "tests.crash.watch_kills", "--files 10 --kills 2", ""),
    promises("day", "a day with every trouble at random", "tests.crash.day", "--steps 10 --inputs 3", "--steps 150"),
    promises("soak", "100,000 prompts: memory grows by 20 MB at most, as fast at the end, a bounded database",
             "tests.crash.soak", "--prompts 100 --job 50", "--prompts 100000"),
    promises("starts", "10 times 50 starts of one home at once: exactly one serves", "tests.crash.starts",
             "--starts 8 --rounds 1", ""),
    promises("suspended", "vq, ComfyUI and ffmpeg stand still for seconds at random", "tests.crash.suspended",
             "--clips 2", ""),
    Command("-m tests.crash.stop", (
        Goal("stop_seconds", "a stop with 30 pages open and a render running in ComfyUI, the longest of 20", 10, "s"),
        Goal("stop", "the same: renders that were lost or made twice", 0, "broken"),
    ), short="--stops 1", seconds=1200, long=True),
    promises("fuzz", "10,000 requests made from the OpenAPI document", "tests.hostile.fuzz", "600", "12500"),
    passing("kill_points", "every point of a prompt's life at which it can be killed",
          "crash/test_kill_points.py crash/test_phase_kills.py crash/test_follow_up_kills.py", seconds=600),
    passing("comfy_faults", "30 faults of ComfyUI, each with its documented end", "worker/rendering/test_faults.py"),
    passing("lost_comfy", "a ComfyUI that is lost, frozen, cut off, and comes back",
          "worker/rendering/test_recovery.py worker/rendering/test_verdicts.py worker/rendering/test_own_comfy.py"),
    passing("damaged_outputs", "damaged outputs are never published",
            "outputs/test_validate.py outputs/test_publisher.py"),
    passing("unplugged", "an output folder whose disk is unmounted, and comes back", "worker/test_unplugged.py"),
    passing("broken_files", "torn logs and flipped bytes of the database",
            "db/test_broken_files.py db/test_soundness.py"),
    passing("queue_model", "the rows and a model agree after random steps", "db/test_queue_model.py"),
    passing("hostile", "hostile names, files, paths, workflows", "hostile"),
    passing("cross_origin", "requests of other origins, on every route and the socket", "api/test_security.py"),
    passing("slow_copies", "20 ways to copy slowly into a watched folder", "services/watch/test_copying.py"),
    passing("reuse", "ways to reuse or skip wrongly",
            "worker/execution/test_reuse.py worker/execution/test_reuse_key.py worker/rendering/test_reuse.py"),
)  # fmt: skip

ARTIST = (
    passing("demo", "a fresh machine to a finished clip in one command", "terminal/serving/test_demo.py"),
    passing("conversion", "workflows of the editor become what the editor makes of them", "comfy/conversion"),
    passing("causes", "every failure says what to do", "test_error_docs.py worker/test_failure.py"),
    passing("pictures", "pictures of the README's queue, 8 % of it and more", "test_docs_pictures.py"),
    passing(
        "every_action",
        "every action in the browser, at the command line and over REST",
        "terminal/client/test_parity.py api/test_actions.py",
    ),
    passing(
        "accessibility",
        "no serious finding of axe on a screen, theme or width",
        "page/test_screens.py",
        seconds=600,
    ),
)

TABLES = {"Speed": SPEED, "Robustness": ROBUSTNESS, "For the artist": ARTIST}
