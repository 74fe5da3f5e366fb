"""What can be edited of a job or prompt as a YAML document, and the changes that an edited document says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from video_queue.terminal.client.client import Json

_PROMPT_FIELDS = ("tags", "note", "rating")
_JOB_FIELDS = ("name", *_PROMPT_FIELDS, "priority")
_HEADING = (
    "# {what} {id}. What you change is applied, params to what has not begun. No change: nothing happens.\n"
)


def editable_job(job: Json, first_prompt: Json | None) -> Json:
    """The fields of a job; parameters that one value holds for all prompts."""
    submission = job["submission"]
    values = first_prompt["params"] if first_prompt else submission.get("params", {})
    varied = {*submission.get("sweep", {}), *(name for row in submission.get("rows", ()) for name in row)}
    params = {name: value for name, value in values.items() if name not in varied}
    return {**{name: job[name] for name in _JOB_FIELDS}, "params": params}


def editable_prompt(prompt: Json) -> Json:
    """The fields of a prompt."""
    return {**{name: prompt[name] for name in _PROMPT_FIELDS}, "params": prompt["params"]}


def document(reference: str, fields: Json) -> str:
    """The fields as YAML."""
    import yaml

    heading = _HEADING.format(what="prompt" if "." in reference else "job", id=reference)
    return heading + yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=110)


def changes_in(text: str, fields: Json) -> Json:
    """What of the fields differs in the document; of `params` only those that differ. What is left out stays.

    Raises:
        ValueError: with the line, when it is not YAML, no mapping, or has keys of its own.
    """
    import yaml

    try:
        edited = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    if not isinstance(edited, dict) or not isinstance(edited.get("params") or {}, dict):
        raise ValueError("it is no list of names with values")
    if unknown := [str(name) for name in edited if name not in fields]:
        raise ValueError(f"{', '.join(unknown)} cannot be edited; there is {', '.join(fields)}")
    changes = _differing(edited, fields)
    if "params" in changes:
        changes["params"] = _differing(edited["params"] or {}, fields["params"])
    return {name: value for name, value in changes.items() if name != "params" or value}


def _differing(edited: Json, fields: Json) -> dict[str, Any]:
    return {name: value for name, value in edited.items() if name not in fields or fields[name] != value}
