"""What Tab offers: workflows, ids, parameters and choices. Nothing that goes wrong here may disturb a shell, so it
offers nothing then.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress

import typer

from video_queue.terminal.client.client import Client, Json


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


def choices(*values: str) -> Callable[[str], list[str]]:
    """A completion with these values."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return complete


def complete_parameter(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """`NAME=` of the workflow's parameters with their help, and behind one of them its options."""
    parameters: dict[str, Json] = _definition(ctx).get("parameters") or {}
    name, equals, value = incomplete.partition("=")
    if not equals:
        offers = [
            (f"{known}=", (spec.get("ui") or {}).get("help") or "") for known, spec in parameters.items()
        ]
        return [offer for offer in offers if offer[0].startswith(name)]
    spec = parameters.get(name) or {}
    options = spec.get("options") or (["true", "false"] if spec.get("type") == "bool" else [])
    return [(f"{name}={option}", "") for option in map(str, options) if option.startswith(value)]


def complete_resolution(ctx: typer.Context, incomplete: str) -> list[str]:
    """The workflow's resolutions."""
    return _starting(incomplete, _definition(ctx).get("resolutions") or ())


def complete_preset(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of the workflow's presets."""
    names: list[str] = []
    with suppress(Exception):
        names = [preset["name"] for preset in _client(ctx).presets(_definition(ctx)["name"])]
    return _starting(incomplete, names)


def complete_preset_name(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of presets of the workflow that was named, or of all workflows."""
    names: list[str] = []
    with suppress(Exception):
        client, workflow = _client(ctx), ctx.params.get("workflow")
        names = [
            preset["name"] for preset in (client.presets(workflow) if workflow else client.shared_presets())
        ]
    return _starting(incomplete, names)


def complete_phase(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of the phases of the workflow of the job or prompt."""
    return _starting(incomplete, (phase["name"] for phase in _definition(ctx).get("phases") or ()))


def complete_tag(ctx: typer.Context, incomplete: str) -> list[str]:
    """Tags of the newest jobs."""
    jobs: list[Json] = []
    with suppress(Exception):
        jobs = _client(ctx).jobs({"limit": 50})["items"]
    return _starting(incomplete, dict.fromkeys(tag for job in jobs for tag in job["tags"]))


def complete_backup(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of the copies of the database."""
    from video_queue.terminal.session import Session

    names: list[str] = []
    with suppress(Exception):
        folder = Session(home=ctx.find_root().params.get("home")).settings().backups_dir
        names = sorted((file.name for file in folder.glob("*.db")), reverse=True)
    return _starting(incomplete, names)


def _starting(incomplete: str, values: Iterable[str]) -> list[str]:
    return [value for value in values if value.startswith(incomplete)]


def _definition(ctx: typer.Context) -> Json:
    """The definition of the workflow that was typed, or that of the job or prompt; empty where there is none."""
    with suppress(Exception):
        client = _client(ctx)
        # Arguments before an option whose value is still to come are left over.
        word = ctx.params.get("workflow") or ctx.params.get("id_") or (ctx.params.get("ids") or ctx.args)[0]
        job = word.partition(".")[0]
        return client.workflow(client.job(job)["workflow"] if job.isdigit() else word)
    return {}


def complete_filter(ctx: typer.Context, incomplete: str) -> list[str]:
    """Words of a list's filter: the keys, and after one of them its values."""
    from video_queue.domain.filter_words import KEYS
    from video_queue.domain.states import JobState

    key, colon, value = incomplete.partition(":")
    if not colon:
        return _starting(key, ["is:archived" if name == "is" else f"{name}:" for name in KEYS])
    values: list[str] = list(JobState) if key == "state" else []
    if key == "since":
        values = ["today", "yesterday", "2d"]
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
