"""A night without any network: the demo's jobs end where the kernel knows of nothing but this machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.processes import ROOT, environment


def unshared() -> list[str] | None:
    """The words that give a command a network of its own; None where that is not allowed."""
    for words in (["unshare", "-rn"], ["unshare", "-n"]):
        if (
            shutil.which("unshare")
            and not subprocess.run([*words, "true"], check=False, capture_output=True).returncode
        ):
            return words
    return None


def test_the_jobs_of_the_demo_end_without_a_network(tmp_path: Path) -> None:
    words = unshared()
    if words is None:
        pytest.skip("this system lets no test have a network of its own")
    command = [*words, sys.executable, "-m", "tests.hostile.no_network"]
    done = subprocess.run(
        [*command, "--home", str(tmp_path / "demo"), "demo", "--once"],
        cwd=ROOT, env=environment(tmp_path / "demo"), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outputs = [Path(line) for line in done.stdout.splitlines()]
    assert len(outputs) == 7
    assert [path for path in outputs if not path.is_file()] == []
