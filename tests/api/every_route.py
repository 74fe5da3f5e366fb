"""Every route that the app really has, so that a new one is in each of these tests by itself."""

from __future__ import annotations

from starlette.routing import Route

from video_queue.app import bare_app

_VALUES = {"id": "1", "name": "draw", "source": "loras", "preset": "soft", "item": "1"}


def routes() -> list[tuple[str, str]]:
    """Methods with their paths, of the app's own table."""
    return sorted(
        (method, route.path)
        for route in bare_app().router.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    )


def filled(path: str) -> str:
    """The path with a value in each of its places."""
    for name, value in _VALUES.items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
    assert "{" not in path, "give the new place a value"
    return path
