"""The same queue as the worker's tests."""

from tests.worker.conftest import Queue, queue

__all__ = ["Queue", "queue"]
