"""Answers as text: rows of tables and plain lines, from the JSON of the REST interface (docs/rest.md)."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

JOB_HEADINGS = ("ID", "STATE", "DONE", "WORKFLOW", "NAME", "PRIORITY", "SUBMITTED", "LEFT")
PROMPT_HEADINGS = ("ID", "STATE", "PHASE", "PROGRESS", "INPUT", "MESSAGE")
WORKFLOW_HEADINGS = ("NAME", "STATE", "TITLE", "DESCRIPTION")
PARAMETER_HEADINGS = ("PARAMETER", "TYPE", "DEFAULT", "ALLOWED", "HELP")

_MOST_WARNINGS = 5

# Why work waits; docs/errors.md has the codes.
_WAITS = {
    "comfy_unreachable": "no ComfyUI answers",
    "comfy_busy": "ComfyUI is busy with other prompts, or ends one that was stopped",
    "comfy_zombie": "ComfyUI answers and renders nothing: restart it",
    "disk_full": "the disk is full",
    "output_unavailable": "a folder is away",
    "after": "another job comes first",
    "retry": "it is tried again in a moment",
}


def job_row(job: Json) -> list[str]:
    """A job in a list."""
    return [
        str(job["id"]),
        _state(job),
        progress_text(job),
        job["workflow"],
        job["name"],
        str(job["priority"]),
        moment(job["created_at"]),
        _held_rest(job) or _about(job),
    ]


def prompt_row(prompt: Json) -> list[str]:
    """A prompt in a list."""
    error = prompt["error"]
    said = error["message"] if error else prompt["message"] or _waits(prompt)
    return [
        f"{prompt['job_id']}.{prompt['index']}",
        "skipped" if prompt["skipped"] else _state(prompt),
        prompt["phase"] or "",
        percent(prompt["progress"]),
        file_name(prompt["input"]),
        said,
    ]


def job_lines(job: Json) -> list[str]:
    """Everything about a job, one thing a line."""
    counts = ", ".join(f"{number} {state}" for state, number in job["counts"].items() if number)
    lines = [
        f"job {job['id']}: {job['name']}",
        f"state: {_state(job)}",
        f"prompts: {counts or 'none yet'}",
        f"progress: {percent(job['progress'])}" + (f", {left}" if (left := eta_text(job)) else ""),
        f"workflow: {job['workflow']}",
        f"outputs: {job['output_dir']}",
        f"submitted: {moment(job['created_at'])} by {job['submitted_by']}",
    ]
    optional = {
        "waiting": _held_rest(job),
        "started": moment(job["started_at"]),
        "finished": moment(job["finished_at"]),
        "priority": str(job["priority"] or ""),
        "tags": ", ".join(job["tags"]),
        "note": job["note"],
        "rating": "*" * (job["rating"] or 0),
        "order": "by phase" if job["run_order"] == "by_phase" else "",
        "models": loads_text(job["model_loads_saved"]),
        "batch": str(job.get("batch") or ""),
        "again from": f"job {job['parent_id']}" if job["parent_id"] else "",
    }
    lines += [f"{name}: {text}" for name, text in optional.items() if text]
    lines += chain_lines(job)
    params = {**job["submission"].get("params", {}), **_varied(job["submission"])}
    lines += [f"  {name} = {_value(value)}" for name, value in params.items()]
    return lines + error_lines(job["error"])


def chain_lines(job: Json) -> list[str]:
    """What the job comes after, and what comes after it, each with where it stands."""
    chain, number = job["chain"], job["id"]
    before = {other for item in chain if item["id"] == number for other in item["after"]}
    sides = {
        "after": [item for item in chain if item["id"] in before],
        "before": [item for item in chain if number in item["after"]],
    }
    return [
        f"{side}: job {item['id']}, {item['name']}, {_state({**item, 'held': item['held_reason']})}"
        for side in sides
        for item in sides[side]
    ]


def prompt_lines(prompt: Json) -> list[str]:
    """Everything about a prompt, one thing a line."""
    lines = [
        f"prompt {prompt['job_id']}.{prompt['index']}",
        f"state: {'skipped' if prompt['skipped'] else _state(prompt)}",
        f"attempt: {prompt['attempt']}",
    ]
    optional = {
        "input": prompt["input"],
        "message": prompt["message"] or _waits(prompt),
        "work": eta_text(prompt),
        "not before": moment(prompt["not_before"]),
        "started": moment(prompt["started_at"]),
        "finished": moment(prompt["finished_at"]),
        "tags": ", ".join(prompt["tags"]),
        "note": prompt["note"],
    }
    lines += [f"{name}: {text}" for name, text in optional.items() if text]
    lines += [f"  {name} = {_value(value)}" for name, value in prompt["params"].items()]
    for phase in prompt["phases"]:
        lines += [_phase_line(phase), *_warnings_of(phase)]
    lines += [f"output: {file['path']}" for file in prompt["artifacts"] if file["role"] == "output"]
    return lines + error_lines(prompt["error"])


def error_lines(error: Json | None) -> list[str]:
    """A stored failure: where, what, what to do, and the last lines of the ComfyUI that it ended."""
    if error is None:
        return []
    where = f" in {error['phase']}" if error.get("phase") else ""
    node = f", node {error['node_id']} ({error['node_class']})" if error.get("node_id") else ""
    hint = [f"hint: {error['hint']}"] if error.get("hint") else []
    printed = error.get("details", {}).get("comfy_log") or []
    log = ["ComfyUI printed last:", *(f"  {line}" for line in printed)] if printed else []
    return [f"failed{where}{node}: {error['message']} ({error['code']})", *hint, *log]


def queue_state(queue: Json) -> str:
    """`running`, or why not and until when."""
    reason = f" ({queue['reason']})" if queue["reason"] else ""
    until = f" until {moment(queue['until'])}" if queue["until"] else ""
    schedule = f", pauses each day {queue['schedule']}" if queue.get("schedule") else ""
    return f"queue: {queue['state']}{reason}{until}{schedule}"


def queue_lines(queue: Json, *, serves: bool) -> list[str]:
    """The queue on one screen: its facts, then the prompts that run."""
    running = (prompt_row(prompt) for prompt in queue["running"][:10])
    return queue_facts(queue, serves=serves) + ["  " + "  ".join(filter(None, cells)) for cells in running]


def queue_facts(queue: Json, *, serves: bool) -> list[str]:
    """State, counts, lanes and ComfyUI."""
    counts = ", ".join(f"{number} {state}" for state, number in queue["counts"].items() if number)
    lines = [queue_state(queue) + ("" if serves else " - no server works it (vq serve, vq run)")]
    lines.append(f"prompts: {counts or 'none'}" + (f"; {left}" if (left := eta_text(queue)) else ""))
    for lane in queue["lanes"]:
        reason = f" ({waiting_text(lane['reason'])})" if lane["reason"] else ""
        lines.append(
            f"lane {_lane_name(lane, queue)}: {_lane_state(lane)}{reason}, {len(lane['running'])} active"
        )
    if saved := loads_text(queue["model_loads_saved"]):
        lines.append(saved)
    if serves and (countdown := queue.get("countdown")):
        lines.append(
            f"all is done: {countdown['action']} at {moment(countdown['ends_at'])}; vq resume cancels it"
        )
    return lines + [comfy_line(lane["detail"]) for lane in queue["lanes"] if serves and lane.get("detail")]


def _lane_name(lane: Json, queue: Json) -> str:
    """With its instance where there are several."""
    several = sum(other["name"] == lane["name"] for other in queue["lanes"]) > 1
    return f"{lane['name']} {lane['instance']}" if several else str(lane["name"])


def _lane_state(lane: Json) -> str:
    paused = {"drain": "drained", "pause": "paused"}.get(lane.get("paused") or "")
    return str(lane["state"]) if paused is None else f"{lane['state']}, {paused}"


def loads_text(saved: int) -> str:
    """`14 model loads saved`; nothing where there are none."""
    return f"{saved} model load{'' if saved == 1 else 's'} saved" if saved else ""


def comfy_line(detail: Json) -> str:
    """Which ComfyUI there is, or where it was searched for."""
    if not detail["connected"] and (process := detail.get("process")):
        why = f": {process['message']}" if process["message"] else ""
        return f"ComfyUI: {process['state']}{why}; vq comfy shows its log. Media work goes on."
    if not detail["connected"]:
        return f"ComfyUI: not found at {detail['url']}; start it, or set comfy.url. Media work goes on."
    simulated = " (simulated)" if detail.get("simulated") else ""
    device = f" on {detail['device']}" if detail.get("device") else ""
    return f"ComfyUI: {detail.get('version') or 'unknown version'}{simulated} at {detail['url']}{device}"


def preview_lines(preview: Json) -> list[str]:
    """What a submission would come to."""
    lines = [f"{preview['prompts']} prompt{'' if preview['prompts'] == 1 else 's'}"]
    estimate = preview["estimate"] or {}
    if estimate.get("seconds_low") is not None:
        lines[0] += f", {_span(estimate['seconds_low'])} to {_span(estimate['seconds_high'])}"
    if estimate.get("bytes") is not None:
        lines[0] += f", {estimate['bytes'] / 1e9:.1f} GB"
    for plan in preview["sample"]:
        params = " ".join(f"{name}={_value(value)}" for name, value in plan.get("params", {}).items())
        inputs = " ".join(map(file_name, plan.get("inputs", ())))
        lines.append(
            f"  {plan.get('index')}  {inputs}  {params}  -> {plan.get('output')}".replace("    ", "  ")
        )
    if preview["prompts"] > len(preview["sample"]) > 0:
        lines.append("  ...")
    return lines


def workflow_row(workflow: Json) -> list[str]:
    """A workflow in a list; of a broken workflow the first problem."""
    problems = workflow["problems"]
    said = problems[0]["message"] if problems else workflow["description"]
    return [workflow["name"], "broken" if problems else "ok", workflow["title"], said]


def workflow_lines(definition: Json) -> list[str]:
    """What a workflow is, takes and does; of a broken workflow the problems."""
    if definition["problems"]:
        problems = [f"  {problem['message']}" for problem in definition["problems"]]
        return [f"{definition['name']}: broken", *problems]
    lines = [f"{definition['name']}: {definition['title'] or definition['name']}"]
    if definition["description"]:
        lines.append(definition["description"])
    inputs = definition["inputs"]
    slots = {"input": inputs} if "per_prompt" in inputs else inputs
    lines += [f"{name}: {spec['kind']}, {spec['per_prompt']} for each prompt" for name, spec in slots.items()]
    if definition["resolutions"]:
        lines.append(f"resolutions: {', '.join(definition['resolutions'])}")
    phases = " -> ".join(f"{phase['name']} ({phase['uses']})" for phase in definition["phases"])
    return [*lines, f"phases: {phases}"]


def parameter_rows(definition: Json) -> list[list[str]]:
    """A definition's parameters as table rows; none where it is too broken to have any."""
    return [
        [name, spec["type"], _value(spec["default"]), _allowed(spec), spec["ui"]["help"] or ""]
        for name, spec in definition.get("parameters", {}).items()
    ]


def progress_text(job: Json) -> str:
    """`3/12`: prompts that are finished, of all."""
    counts = job["counts"]
    finished = counts["succeeded"] + counts["failed"] + counts["cancelled"]
    return f"{finished}/{sum(counts.values())}"


def percent(share: float) -> str:
    """0.5 as `50%`."""
    return f"{share * 100:.0f}%"


def eta_text(subject: Json) -> str:
    """`about 3 min left`, `about 3 to 5 min left`, or nothing while it is not known."""
    seconds = subject.get("eta_seconds")
    if seconds is None:
        return ""
    low, high = map(_span, subject.get("eta_range") or (seconds, seconds))
    number, unit = low.split()
    first = number if high.endswith(f" {unit}") else low
    return f"about {high} left" if low == high else f"about {first} to {high} left"


def _held_rest(job: Json) -> str:
    """`37 held: vq release 12`, where prompts of a job are held and it is not: the rest of a pilot, say."""
    held = job.get("held_prompts") or 0
    return f"{held} held: vq release {job['id']}" if held else ""


def _about(subject: Json) -> str:
    seconds = subject.get("eta_seconds")
    return "" if seconds is None else _span(seconds)


def moment(text: str | None) -> str:
    """An ISO moment in the terminal's own time, to the second."""
    if not text:
        return ""
    from datetime import datetime

    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S}"


def _state(subject: Json) -> str:
    held = f" (held: {subject['held_reason']})" if subject["held"] else ""
    return f"{subject['state']}{held}"


def _waits(prompt: Json) -> str:
    waits = prompt["waiting_for"]
    return f"waiting: {waiting_text(waits['reason'])}" if waits else ""


def waiting_text(reason: str) -> str:
    """Why a prompt or a lane waits, in words."""
    return _WAITS.get(reason, reason)


def _warnings_of(phase: Json) -> list[str]:
    """What a finished phase warns of, each once: items of a list often warn of the same."""
    warnings = (phase["result"] or {}).get("warnings", ())
    return [f"  warning: {text}" for text in list(dict.fromkeys(warnings))[:_MOST_WARNINGS]]


def _phase_line(phase: Json) -> str:
    items = phase["items"]
    done = f" {items['done']}/{items['total']}" if items else ""
    share = f" {percent(phase['progress'])}" if phase["state"] == "running" else ""
    source = f" from {phase['reused_from']}" if phase.get("reused_from") else ""
    left = f", {text}" if phase["state"] == "running" and (text := eta_text(phase)) else ""
    return f"phase {phase['name']} ({phase['uses']}): {phase['state']}{source}{done}{share}{left}"


def _varied(submission: Json) -> Json:
    """What makes one submission into several prompts."""
    sweep = {f"sweep {name}": values for name, values in submission.get("sweep", {}).items()}
    return sweep | ({"seeds": submission["seeds"]} if submission.get("seeds") else {})


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict) and value.keys() == {"width", "height"}:
        return f"{value['width']}x{value['height']}"
    return ", ".join(map(_value, value)) if isinstance(value, list) else str(value)


def _allowed(parameter: Json) -> str:
    if parameter["options"]:
        return ", ".join(map(str, parameter["options"]))
    if parameter["options_source"]:
        return f"from {parameter['options_source']}"
    limits = ["" if parameter[end] is None else f"{parameter[end]:g}" for end in ("min", "max")]
    return " to ".join(limits) if any(limits) else ""


def file_name(path: str | None) -> str:
    """The last part of a path of any platform."""
    return (path or "").replace("\\", "/").rstrip("/").rpartition("/")[2]


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
