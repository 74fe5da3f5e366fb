"""create_app: the API's routes, the middleware and the page put together. Composition only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

import video_queue
from video_queue.api.body_limits import BodyLimits
from video_queue.api.errors import ErrorBody, install_error_handlers
from video_queue.api.page import page_route
from video_queue.api.routes import (
    artifacts,
    events,
    files,
    jobs,
    options,
    prompts,
    queue,
    settings,
    system,
    workflows,
)
from video_queue.api.security import Security
from video_queue.api.streams import Streams
from video_queue.services.roots import Roots
from video_queue.system.home.secret import ensure_secret
from video_queue.wiring import Services
from video_queue.worker.thread import WorkerThread

STATIC = Path(video_queue.__file__).parent / "static"
_ROUTERS = (jobs, prompts, queue, workflows, options, artifacts, files, events, system, settings)

_DESCRIPTION = (
    "Every list is `{items, next_cursor}`. Every refusal is `{error: {code, message, hint, details}}`; "
    "`details.problems` lists `{loc, code, message}`. Bodies are JSON."
)


def bare_app(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """The routes and error answers without anything behind them: enough for the OpenAPI document."""
    app = FastAPI(
        title="video_queue",
        version=video_queue.__version__,
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        responses={"4XX": {"model": ErrorBody, "description": "Refused, with the reason"}},
    )
    for resource in _ROUTERS:
        app.include_router(resource.router, prefix="/api")
    install_error_handlers(app)
    return app


def create_app(services: Services, *, worker: WorkerThread | None = None, static: bool = True) -> FastAPI:
    """The app over open services. `worker` is started and stopped with it; the services stay open.

    Call it on the event loop that serves. `static=False` leaves out the page.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if worker is not None:
            worker.start()
        yield
        if worker is not None:
            await asyncio.to_thread(worker.stop)

    app = bare_app(lifespan)
    app.state.services = services
    app.state.roots = Roots(services.settings)
    app.state.streams = Streams(services.db, services.feed, services.clock)
    # The last one added is the outermost.
    app.add_middleware(BodyLimits, settings=services.settings)
    app.add_middleware(Security, settings=services.settings, secret=ensure_secret(services.settings.home))
    if static:
        app.router.routes.append(page_route(STATIC))
    return app
