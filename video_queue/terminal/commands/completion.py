"""What Tab offers: workflows and ids. Nothing that goes wrong here may disturb a shell, so it offers nothing then."""

import typer

from video_queue.terminal.client.client import Client


def complete_workflow(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Names of workflows with their titles."""
    try:
        found = _client(ctx).workflows()
    except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
        return []
    return [(one["name"], one.get("title") or "") for one in found if one["name"].startswith(incomplete)]


def complete_id(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Numbers of the newest jobs, with state and name."""
    try:
        found = _client(ctx).jobs({"limit": 50})["items"]
    except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
        return []
    offered = [(str(one["id"]), f"{one['state']} {one['name']}") for one in found]
    return [one for one in offered if one[0].startswith(incomplete)]


def _client(ctx: typer.Context) -> Client:
    from video_queue.terminal.session import Session

    given = ctx.find_root().params
    return Session(home=given.get("home"), server=given.get("server")).client()
