"""The server as fixtures: one for each test, and one for a whole file of tests that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.running import RunningApi, running_api


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """A fresh server without a worker."""
    with running_api(tmp_path / "home") as running:
        yield running


@pytest.fixture
def client(api: RunningApi) -> Iterator[httpx.Client]:
    """A program that speaks to it."""
    with api.client() as http_client:
        yield http_client


@pytest.fixture(scope="module")
def shared_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """A server for all tests of a file."""
    with running_api(tmp_path_factory.mktemp("api") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def shared_client(shared_api: RunningApi) -> Iterator[httpx.Client]:
    """A program that speaks to it."""
    with shared_api.client() as http_client:
        yield http_client
