"""Threads for calls that may never come back."""

from __future__ import annotations

import threading

from video_queue.system.processes.threads import BUSY, run_in_thread


def test_a_thread_is_used_again_once_it_is_done_and_none_that_still_works() -> None:
    used: list[threading.Thread] = []
    done, go_on = threading.Event(), threading.Event()

    def note() -> None:
        used.append(threading.current_thread())
        done.set()

    def hang() -> None:
        note()
        go_on.wait()

    for work in (note, note, hang, note):
        done.clear()
        run_in_thread(work)
        assert done.wait(10)
        while work is note and used[-1].name == BUSY and used[-1].is_alive():
            done.wait(0.001)
    go_on.set()
    assert used[0] is used[1] is used[2]
    assert used[3] is not used[2]
    assert all(thread.daemon for thread in used)
