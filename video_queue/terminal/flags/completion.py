"""What Tab offers: workflows and ids. Nothing that goes wrong here may disturb a shell, so it offers nothing then."""

import typer

from video_queue.terminal.client.client import Client


def complete_workflow(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Names of workflows with their titles."""
    try:
        items = _client(ctx).workflows()
    except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
        return []
    return [(item["name"], item.get("title") or "") for item in items if item["name"].startswith(incomplete)]


def complete_id(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Numbers of the newest jobs, with state and name."""
    try:
        items = _client(ctx).jobs({"limit": 50})["items"]
    except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
        return []
    choices = [(str(item["id"]), f"{item['state']} {item['name']}") for item in items]
    return [choice for choice in choices if choice[0].startswith(incomplete)]


def complete_watch(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Numbers of watches with their folders."""
    try:
        items = _client(ctx).watches()
    except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
        return []
    return [(str(item["id"]), item["path"]) for item in items if str(item["id"]).startswith(incomplete)]


def complete_filter(ctx: typer.Context, incomplete: str) -> list[str]:
    """Words of a list's filter: the keys, and after one of them its values."""
    from video_queue.domain.states import JobState

    key, colon, value = incomplete.partition(":")
    if not colon:
        return [word for word in ("state:", "workflow:", "tag:", "is:archived") if word.startswith(key)]
    values: list[str] = list(JobState) if key == "state" else []
    if key == "workflow":
        values = [name for name, _ in complete_workflow(ctx, value)]
    return [f"{key}:{name}" for name in values if name.startswith(value)]


def complete_setting(incomplete: str) -> list[str]:
    """Dotted keys of settings, and `edit`."""
    from video_queue.settings.models import known_keys

    return [key for key in ("edit", *known_keys()) if key.startswith(incomplete)]


def _client(ctx: typer.Context) -> Client:
    from video_queue.terminal.session import Session

    options = ctx.find_root().params
    return Session(home=options.get("home"), server=options.get("server")).client()
