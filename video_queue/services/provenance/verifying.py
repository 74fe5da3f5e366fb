"""Outputs compared with what was published: of one job or prompt by its rows, of a folder by its manifests."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from video_queue.db import artifacts
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.submission import parse_reference
from video_queue.domain.verification import DamagedOutput, Verification
from video_queue.domain.views import Artifact
from video_queue.outputs.manifest import MANIFEST_SUFFIX, manifest_path, read_manifest
from video_queue.outputs.verify import ArtifactCheck, check_file, verify_manifest
from video_queue.services.asker import Asker
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.provenance.records import manifest_of
from video_queue.system.files.path_utils import normalize_input_path

# Hashing waits for the disk more than for a core.
_AT_ONCE = 4
_PAGE = 1000
# By manifest, what compares its files.
Checks = Mapping[Path, Callable[[], list[ArtifactCheck]]]


class Verifier:
    """Verifies outputs. With `seconds` an answer ends after that time, and `cursor` goes on behind it."""

    def __init__(self, db: QueueDB, lookup: Lookup) -> None:
        self._db, self._lookup = db, lookup

    async def verify_id(
        self, reference: str, cursor: str | None = None, seconds: float | None = None
    ) -> Verification:
        """Every published file of a job (`12`) or a prompt (`12.3`).

        Raises:
            VqError: `unknown_job`, `not_found`; `validation` for what is no reference.
        """
        job_id, index = parse_reference(reference)
        if index is None:
            await self._lookup.job(job_id)
            files = await self._outputs_of_job(job_id)
        else:
            prompt = await self._lookup.prompt(reference)
            files = [file for file in prompt.artifacts if file.role == "output"]
        checks = await asyncio.to_thread(_checks_of_rows, files)
        return await _run(checks, cursor, seconds)

    async def verify_path(
        self, text: str, asker: Asker, cursor: str | None = None, seconds: float | None = None
    ) -> Verification:
        """Every manifest in a folder and below it, a single manifest, or the one beside an output.

        Raises:
            VqError: `path_not_allowed`; `not_found.file`, `not_found.manifest` where there is none.
        """
        path = normalize_input_path(text).absolute()
        if asker.guard:
            asker.guard(path)
        manifests = await asyncio.to_thread(_manifests_at, path)
        return await _run({item: partial(_check_manifest, item) for item in manifests}, cursor, seconds)

    async def _outputs_of_job(self, job_id: int) -> list[Artifact]:
        files: list[Artifact] = []
        while page := await self._db.read(
            artifacts.list_outputs, job_id, files[-1].id if files else 0, _PAGE
        ):
            files += page
        return files


def _checks_of_rows(files: list[Artifact]) -> Checks:
    by_manifest: dict[Path, list[Artifact]] = {}
    for file in files:
        by_manifest.setdefault(manifest_of(Path(file.path)), []).append(file)
    return {manifest: partial(_check_rows, manifest, group) for manifest, group in by_manifest.items()}


def _manifests_at(path: Path) -> list[Path]:
    if not path.exists():
        raise fail("not_found.file", path=str(path))
    if path.is_dir():
        manifests = list(_manifests_below(path))
    else:
        manifests = [path if path.name.endswith(MANIFEST_SUFFIX) else manifest_of(path)]
    manifests = [item for item in manifests if item.exists()]
    if not manifests:
        raise fail("not_found.manifest", path=str(path))
    return manifests


def _manifests_below(folder: Path) -> Iterator[Path]:
    """Of a set that is asked for by its own folder the manifest lies beside that."""
    if (beside := manifest_path(folder)).is_file():
        yield beside
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files) if name.endswith(MANIFEST_SUFFIX))


async def _run(checks: Checks, cursor: str | None, seconds: float | None) -> Verification:
    """The checks behind the cursor, in the order of their paths, until time is up."""
    began = time.monotonic()
    paths = sorted(checks, key=str)
    left = [path for path in paths if cursor is None or str(path) > cursor]
    answer = Verification(total=len(paths), manifests=0, files=0, intact=0, problems=[])
    for at in range(0, len(left), _AT_ONCE):
        group = left[at : at + _AT_ONCE]
        results = await asyncio.gather(*(asyncio.to_thread(_problems, path, checks[path]) for path in group))
        for count, problems in results:
            answer.manifests += 1
            answer.files += count
            answer.intact += count - sum(item.path != item.manifest for item in problems)
            answer.problems += problems
        if seconds is not None and time.monotonic() - began >= seconds and at + len(group) < len(left):
            answer.cursor = str(group[-1])
            break
    return answer


def _problems(manifest: Path, check: Callable[[], list[ArtifactCheck]]) -> tuple[int, list[DamagedOutput]]:
    """(how many outputs were compared, what is wrong)."""
    checks = check()
    problems = [
        DamagedOutput(path=str(item.path), kind=item.kind, message=item.problem, manifest=str(manifest))
        for item in checks
        if item.kind
    ]
    return sum(item.path != manifest for item in checks), problems


def _check_manifest(manifest: Path) -> list[ArtifactCheck]:
    try:
        return verify_manifest(manifest)
    except VqError as error:
        return [_refused(manifest, error)]


def _check_rows(manifest: Path, files: list[Artifact]) -> list[ArtifactCheck]:
    checks = [check_file(Path(file.path), file.bytes, file.sha256) for file in files]
    try:
        read_manifest(manifest)
    except VqError as error:
        checks.append(_refused(manifest, error))
    return checks


def _refused(manifest: Path, error: VqError) -> ArtifactCheck:
    return ArtifactCheck(
        manifest, error.message, "missing" if error.code is ErrorCode.NOT_FOUND else "unreadable"
    )
