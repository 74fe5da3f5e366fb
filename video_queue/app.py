"""The API put together: `create_app` for a server, `local_app` for a `vq` command without one. Composition only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

import video_queue
from video_queue.api.body_limits import BodyLimits
from video_queue.api.errors import answer_errors
from video_queue.api.page import page_route
from video_queue.api.routes import (
    artifacts,
    batches,
    caption_styles,
    cleaning,
    events,
    files,
    jobs,
    moving,
    notifications,
    options,
    presets,
    prompts,
    provenance,
    queue,
    report,
    reviews,
    settings,
    system,
    viewing,
    watches,
    workflows,
)
from video_queue.api.security import CLI, Security
from video_queue.api.streams import Streams
from video_queue.services.roots import Roots
from video_queue.system.home.secret import ensure_secret
from video_queue.wiring import Services

if TYPE_CHECKING:
    from video_queue.worker.thread import WorkerThread

STATIC = Path(video_queue.__file__).parent / "static"
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_ROUTERS = (
    jobs,
    batches,
    prompts,
    reviews,
    queue,
    moving,
    watches,
    workflows,
    presets,
    caption_styles,
    options,
    artifacts,
    viewing,
    files,
    events,
    notifications,
    report,
    provenance,
    cleaning,
    system,
    settings,
)

_DESCRIPTION = (
    "Every list is `{items, next_cursor}`. Every refusal is `{error: {code, message, hint, details}}`; "
    "`details.problems` lists `{loc, code, message}`. Bodies are JSON."
)


class _App(FastAPI):
    """FastAPI describes a refusal in the type of the route's answer, a picture say; here it is JSON everywhere."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        document = super().openapi()
        refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
        for methods in document["paths"].values():
            for operation in methods.values():
                for status in ("4XX", "5XX"):
                    operation["responses"][status]["content"] = refusal
        return document


def bare_app(lifespan: Lifespan | None = None) -> FastAPI:
    """The routes and error answers without anything behind them: enough for the OpenAPI document."""
    app = _App(
        title="video_queue",
        version=video_queue.__version__,
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    for resource in _ROUTERS:
        app.router.routes.extend(resource.router.routes)
    answer_errors(app)
    return app


def _app_over(services: Services, lifespan: Lifespan | None = None) -> FastAPI:
    app = bare_app(lifespan)
    app.state.services = services
    app.state.roots = Roots(services.settings)
    app.state.streams = Streams(services.db, services.feed, services.clock)
    # The last middleware added is the outermost.
    app.add_middleware(BodyLimits, settings=services.settings)
    return app


def local_app(services: Services) -> ASGIApp:
    """The app for the command line of this process: it may do what one that shows the home's secret may.

    Nothing comes in over a socket, so no Host, Origin or token is checked; there is no page and no worker.
    """
    app = _app_over(services)

    async def trusting(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "vq.caller": CLI}, receive, send)

    return trusting


def create_app(services: Services, *, worker: WorkerThread | None = None) -> FastAPI:
    """The app over open services. `worker` is started and stopped with it; the services stay open.

    Call it on the event loop that serves.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if worker is not None:
            worker.start()
        yield
        if worker is not None:
            await asyncio.to_thread(worker.stop)

    app = _app_over(services, lifespan)
    app.add_middleware(Security, settings=services.settings, secret=ensure_secret(services.settings.home))
    app.router.routes.append(page_route(STATIC))
    return app
