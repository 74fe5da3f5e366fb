"""Finds out which ComfyUI can render what, where there are several.

None gets a render whose nodes or models it lacks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from video_queue.comfy.model_family import ModelFamilies
from video_queue.comfy.node_catalogue import ComfyCatalogue, Offer, choices
from video_queue.db import documents, placement
from video_queue.db.connection import Connection
from video_queue.db.placement import Unplaced
from video_queue.db.queue_db import QueueDB
from video_queue.domain.snapshot import LoadedWorkflow

_AT_ONCE = 32


class Placement:
    """Decides for each job once, and again when an instance has other nodes or models than before."""

    def __init__(self, db: QueueDB, catalogues: Mapping[str, ComfyCatalogue]) -> None:
        self._db, self._catalogues = db, catalogues
        self._asked = asyncio.Event()

    def check(self) -> None:
        """There are jobs to decide about."""
        self._asked.set()

    async def run(self) -> None:
        """Decide for every job; until cancelled."""
        while True:
            while jobs := await self._db.read(placement.unplaced_jobs, _AT_ONCE):
                await self._place(jobs)
            await self._asked.wait()
            self._asked.clear()

    async def _place(self, jobs: list[Unplaced]) -> None:
        offers = await asyncio.to_thread(self._offers)
        workflows = await self._db.read(_workflows, {job.workflow_hash for job in jobs if job.workflow_hash})
        places: list[tuple[int, str]] = []
        families: dict[tuple[str, str], bool] = {}
        for job in jobs:
            workflow = workflows.get(job.workflow_hash)
            text, lacks = _place_of(job, workflow, offers) if workflow else (placement.ANY, {})
            places.append((job.job_id, text))
            families |= lacks
        rows = [(name, family, lacks) for (name, family), lacks in families.items()]
        await self._db.transact(placement.place, places, rows)

    def _offers(self) -> dict[str, Offer]:
        return {name: catalogue.offer() for name, catalogue in self._catalogues.items()}


def _workflows(conn: Connection, hashes: set[str]) -> dict[str, LoadedWorkflow]:
    """Those that can be read."""
    workflows = {hash_: documents.find_workflow(conn, hash_) for hash_ in hashes}
    return {hash_: workflow for hash_, workflow in workflows.items() if workflow}


def _place_of(
    job: Unplaced, workflow: LoadedWorkflow, offers: Mapping[str, Offer]
) -> tuple[str, dict[tuple[str, str], bool]]:
    """Where a job can be rendered, and for each instance and family whether it lacks something of it.

    An instance that never said what it has is taken to have everything. What all lack is refused by none: a render that
    waits for ever helps nobody, and one that fails says what is missing.
    """
    classes = {str(node["class_type"]) for graph in workflow.graphs.values() for node in graph.values()}
    able = [name for name, offer in offers.items() if not offer.info or classes <= offer.info.keys()]
    models = ModelFamilies(workflow)
    needs = {family: loaded for values in job.values for family, loaded in models.models(values).items()}
    lacks = {
        (name, family): any(_is_missing(offers[name], *model) for model in loaded)
        for name in able
        for family, loaded in needs.items()
    }
    nowhere = {family for family in needs if all(lacks[name, family] for name in able)}
    lacks |= {(name, family): False for name in able for family in nowhere}
    useful = [name for name in able if not needs or not all(lacks[name, family] for family in needs)]
    return placement.column_text(useful, list(offers), all_of_it=not any(lacks.values())), lacks


def _is_missing(offer: Offer, class_type: str, name: str, model: str) -> bool:
    listed = choices(offer.info, class_type, name)
    return listed is not None and model not in listed
