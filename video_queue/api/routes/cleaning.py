"""Cleaning over HTTP: list or remove what nothing needs any more, as `vq clean` does.

The housekeeper decides what that is; removing is for callers with the secret.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from video_queue.api.deps import CallerDep, HousekeeperDep
from video_queue.api.resource import resource_router
from video_queue.domain.catalogue import fail
from video_queue.domain.cleaning import Cleaning, LeftoverKind, Shrunk

router = resource_router("system")


class CleanBody(BaseModel):
    """Which leftovers (none: all), how many days old (none: as `keep.*` says), and whether only to list them."""

    model_config = ConfigDict(extra="forbid")

    kinds: list[LeftoverKind] = []
    days: Annotated[float, Field(ge=0)] | None = None
    dry_run: bool = True


@router.post("/clean", summary="Remove leftovers of the home, or list them")
async def clean(body: CleanBody, housekeeper: HousekeeperDep, caller: CallerDep) -> Cleaning:
    """Working files, logs, thumbnails, proxies, uploads and copies; finished jobs (`history`) only if named.

    Removing needs the home's secret.
    """
    if not body.dry_run and not caller.trusted:
        raise fail("unauthorized.clean")
    return await housekeeper.clean(body.kinds, days=body.days, dry_run=body.dry_run)


@router.post("/vacuum", summary="Give back to the disk what is free in the database")
async def vacuum(housekeeper: HousekeeperDep, caller: CallerDep) -> Shrunk:
    """In steps beside the work. The server does it by itself once much is free. Needs the home's secret."""
    if not caller.trusted:
        raise fail("unauthorized.clean")
    return Shrunk(freed=await housekeeper.shrink())
