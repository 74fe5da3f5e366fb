"""Processes that have loaded the package when they begin: `tests.forked` asks for them.

A `vq serve` that is started from scratch spends a second of the processor on its imports. This process has them, and
forks: what comes out is a process like any other, with its own number, signals, files and end.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import struct
import sys
import time
import warnings
from typing import Any, TextIO

from video_queue.cli import COMMANDS, GROUPS
from video_queue.system.processes.loading import load_less

# `cli` loads each command when it is called, and `serve` its parts; the last is what children of tests import.
_PRELOADED = (
    *(f"video_queue.terminal.commands.{module}" for module, _ in (*COMMANDS.values(), *GROUPS.values())),
    "video_queue.terminal.serving.demo",
    "video_queue.terminal.serving.foreground",
    "video_queue.simulator.__main__",
    "tests.worker.conftest",
)
NUMBER = struct.Struct("!i")


def preload() -> None:
    """Import what processes of tests need, and keep the collector from visiting it in each child."""
    load_less()
    for name in _PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def serve(requests: socket.socket) -> dict[str, Any] | None:
    """Answer requests until the caller ends: None. In a process that was asked for, what it is to run."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        _, files, _, _ = socket.recv_fds(requests, 1, 4)
        if not files:
            return None
        if os.fork() == 0:
            requests.close()
            return keep(*files)
        for file in files:
            os.close(file)


def keep(reports: int, *streams: int) -> dict[str, Any]:
    """In a process that was asked for, what it is to run; its parent reports its number and its exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=reports) as caller:
        request: dict[str, Any] = json.loads(read(caller, NUMBER.unpack(read(caller, NUMBER.size))[0]))
        if (child := os.fork()) != 0:
            for stream in streams:
                os.close(stream)
            caller.sendall(NUMBER.pack(child))
            caller.sendall(NUMBER.pack(os.waitpid(child, 0)[1]))
            os._exit(0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, max(streams) + 1)
    return request


def read(connection: socket.socket, size: int) -> bytes:
    """So many bytes, which may arrive in pieces."""
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def open_streams() -> None:
    """Read and write what was brought: a stream keeps what it found out about its file when it was opened."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        own: TextIO = getattr(sys, name)
        lines = 1 if name == "stderr" else -1
        stream = open(number, mode, lines, encoding=own.encoding, errors=own.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def run(request: dict[str, Any]) -> None:
    """Become the program: the same as `python -m MODULE WORDS` with this environment in this folder."""
    open_streams()
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    if request["environment"].get("PYTHONWARNINGS") == "error":
        warnings.simplefilter("error")
    sys.argv[1:] = request["words"]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    preload()
    if wanted := serve(socket.socket(fileno=int(sys.argv[1]))):
        run(wanted)
