"""What each setting means, in a sentence, and what its value is: for the page. docs/settings.md has more."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, TypeAdapter

from video_queue.settings.models import Settings

Kind = Literal["text", "number", "switch", "choice", "list"]

HELP = {
    "comfy.url": "Where ComfyUI is, http://HOST:PORT. Without it ports 8188 and 8000 of this machine are tried.",
    "comfy.command": "Starts ComfyUI and keeps it running: a program and its arguments.",
    "comfy.folder": "The working folder of that command.",
    "comfy.free_after": "How long nothing is rendered until ComfyUI frees its memory: seconds, 10m, or never.",
    "comfy.stop_after": "How long nothing is rendered until that ComfyUI is stopped; the next render starts it.",
    "comfy.input_dir": "ComfyUI's input folder as a path of this machine, where it is not found by itself.",
    "comfy.output_dir": "ComfyUI's output folder as a path of this machine, where it is not found by itself.",
    "comfy.instances": "More ComfyUIs that render at the same time: name, url, and what the first one may have too.",
    "server.host": "The address to listen on. Any other than this machine's own needs a token.",
    "server.port": "The port of the page; 0 takes any free one.",
    "server.token": "What a browser or program has to show. vq serve --lan makes one.",
    "server.allowed_hosts": "More names by which the server may be called.",
    "roots": "The folders that requests may name. None set: your home, vq's, the outputs and mounted drives.",
    "output_root": "Where outputs are written, in a folder for each workflow and job.",
    "work_root": "Where working files of phases are: a fast disk with room.",
    "media_jobs": "How many media phases run at a time.",
    "confine": "Hold ffmpeg to the files of its phase, where the system can.",
    "ffmpeg": "Path or name of another ffmpeg.",
    "min_free_gb": "Work waits while less than this is free on the disk of working files.",
    "limits.max_prompts": "How many renders a submission may have.",
    "limits.max_body": "How many bytes a request may have.",
    "limits.max_upload": "How many bytes an upload may have.",
    "retry.max_attempts": "How often a phase is tried after failures that may pass.",
    "retry.base_seconds": "How long the first pause between tries is; it doubles.",
    "timeouts.stall": "How long ComfyUI may be silent until a render counts as stuck.",
    "affinity.renders": "How many renders in a row may overtake other jobs to go on with the models that are loaded.",
    "affinity.time": "For how long they may.",
    "on_start": "What a start does with an earlier pause: resume ends it, paused begins one, last keeps what was.",
    "awake": "Keep the machine awake while there is work.",
    "when_done": "What comes when all is done: nothing, sleep, shutdown, or a command.",
    "when_done_command": "The program and its arguments for command.",
    "when_done_seconds": "How long the countdown before it is.",
    "notify.desktop": "Show notifications on the desktop of this machine.",
    "notify.urls": "Addresses of services in Apprise's form, such as ntfy://TOPIC.",
    "notify.webhook": "An address that gets each notification as JSON.",
    "notify.webhook_secret": "Signs what the webhook gets; at least 16 characters.",
    "notify.command": "A program that gets each notification as JSON.",
    "notify.events": "Which notifications leave the inbox.",
    "notify.finished_seconds": "How long the queue is without work until it counts as finished.",
    "notify.quiet_seconds": "How long the next message waits for more.",
    "keep.work_days": "Days until working files of finished renders may go, or never.",
    "keep.log_days": "Days until logs of finished jobs may go, or never.",
    "keep.upload_days": "Days until uploads that no job names may go, or never.",
    "keep.backup_days": "Days until copies of the database from before an upgrade may go, or never.",
    "keep.thumbnails_gb": "How many GB of thumbnails are kept, or never to remove any.",
    "keep.proxies_gb": "How many GB of clips for the browser are kept, or never to remove any.",
    "keep.history_days": "Days until finished jobs leave the list; their outputs stay. Or never.",
}


class Shape(NamedTuple):
    """How a value is written: `choices` of a `choice`, and of a `list` that has a fixed set."""

    kind: Kind
    choices: list[str]


def shape_of(key: str) -> Shape:
    """The shape of a setting's values, by its type."""
    model: type[BaseModel] = Settings
    *sections, name = key.split(".")
    for section in sections:
        annotation = model.model_fields[section].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            raise KeyError(key)
        model = annotation
    field = model.model_fields[name]
    schema = TypeAdapter(field.rebuild_annotation()).json_schema()
    parts = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    return _shape(parts, schema.get("$defs", {}))


def _shape(parts: list[dict[str, Any]], definitions: dict[str, Any]) -> Shape:
    def resolved(part: dict[str, Any]) -> dict[str, Any]:
        definition: dict[str, Any] = definitions.get(part.get("$ref", "").rpartition("/")[2], part)
        return definition

    first, types = resolved(parts[0]), {part.get("type") for part in parts}
    if types == {"boolean"}:
        return Shape("switch", [])
    if choices := first.get("enum"):
        return Shape("choice", [str(choice) for choice in choices])
    if "array" in types:
        return Shape("list", [str(choice) for choice in resolved(first.get("items", {})).get("enum", [])])
    return Shape("number" if types <= {"number", "integer"} else "text", [])
