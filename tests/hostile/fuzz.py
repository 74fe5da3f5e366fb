"""Requests made from the OpenAPI document by schemathesis: every answer is as the document says, and none a failure.

`python -m tests.hostile.fuzz 10000` is the long form: so many requests, over all operations.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.figure import print_figure
from tests.api.running import RunningApi, running_api, submit

# A stream that never ends, and what looks at this machine and at the network for seconds.
LEFT_OUT = {"GET /api/events", "GET /api/doctor", "GET /api/doctor/bundle", "POST /api/reveal"}
CHECKS = (status_code_conformance, content_type_conformance, response_schema_conformance)
# What a request may be told that cannot be served now: it is no mistake of the server.
AWAY = {"comfy_unreachable", "disk_full", "output_unavailable", "locked"}


def fuzz(api: RunningApi, cases: int) -> Counter[str]:
    """Send about so many requests to every operation of the server in turn; how often each status came.

    Raises:
        BaseException: the first answer that is not as the document says, with the request.
    """
    schema = schemathesis.openapi.from_url(f"{api.url}/api/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    operations = [item for item in operations if f"{item.method.upper()} {item.path}" not in LEFT_OUT]
    with api.client() as client:
        submit(client)
    statuses: Counter[str] = Counter()
    for operation in operations:
        _fuzz_operation(operation, -(-cases // len(operations)), statuses)
    return statuses


def _fuzz_operation(operation: Any, cases: int, statuses: Counter[str]) -> None:
    profile = settings(
        max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )  # fmt: skip

    @seed(4711)
    @profile
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        answer = case.call()
        statuses[str(answer.status_code)] += 1
        if answer.status_code >= 500:
            code = answer.json().get("error", {}).get("code")
            assert code in AWAY, (operation.label, code, answer.text[:500])
        case.validate_response(answer, checks=CHECKS)

    try:
        run()
    except Unsatisfiable:
        statuses["none"] += 1


def main(cases: int) -> None:
    """The long form, on a home of its own."""
    with tempfile.TemporaryDirectory() as place, running_api(Path(place) / "home") as api:
        statuses = fuzz(api, cases)
    print(f"{statuses.total()} requests: {dict(statuses)}")
    print_figure("fuzz", 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
