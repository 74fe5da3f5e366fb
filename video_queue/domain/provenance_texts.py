"""The error texts of manifests, of rendering outputs once more and of their settings.

They are a part of `texts.TEXTS`, in a file of their own for its length.
"""

from __future__ import annotations

from video_queue.domain.errors import Text

PROVENANCE_TEXTS: dict[str, Text] = {
    "validation.manifest": Text(
        "{path} is not a manifest: {detail}", "Name the .vq.json file beside an output."
    ),
    "validation.manifest_workflow": Text(
        "the workflow {name} in the manifest is not the one that was rendered: {detail}",
        "The manifest was changed after it was written; use a copy that was not.",
    ),
    "validation.input_place": Text(
        "{path} is none of the inputs of this render", "Name the files as they were: {names}."
    ),
    "validation.recorded_slots": Text(
        "the record does not say which of its files are {slots}",
        "Submit it with the files by name (vq restore).",
    ),
    "validation.replay_tool": Text("{tool} was {then} and is {now}", "The output may differ."),
    "validation.replay_model": Text(
        "the model {name} is another file than it was: {path}", "The output may differ."
    ),
    "validation.inputs_unrecorded": Text(
        "the file does not say which inputs it was made from",
        "Name them with --input PATH (over HTTP: inputs), or replay its manifest.",
    ),
    "validation.replay_unchecked": Text(
        "nothing says whether {path} is the input of then", "The output may differ."
    ),
    "validation.replay_newer": Text(
        "the manifest was written by a newer video_queue (version {version})",
        "Some of it may be unknown here.",
    ),
    "validation.replay_input": Text(
        "{path} was replaced while it was rendered", "It is rendered from what it was at first."
    ),
    "validation.replay_lowered": Text(
        "the phase {phase} ran out of memory and was rendered with smaller values",
        "It is tried with its own values first.",
    ),
    "validation.restored_workflow": Text(
        "the workflow {name} was changed since",
        "The same values may give another output; vq replay renders it as it was.",
    ),
    "validation.restored_parameter": Text(
        "the workflow {workflow} has no parameter {name} any more; it was {value}", "It is left out."
    ),
    "validation.restored_resolution": Text(
        "the workflow {workflow} does not offer the resolution {value} any more", "Choose another one."
    ),
    "unknown_workflow.recorded": Text(
        "the workflow {name} of this render ({hash}) is not known in this home",
        "Replay it on the command line, which may take it from the manifest: vq replay FILE.",
    ),
    "not_found.manifest": Text(
        "there is no manifest at {path}", "Outputs of video_queue have one beside them, NAME.vq.json."
    ),
    "not_found.record": Text(
        "{path} does not say how it was made: there is no manifest beside it, and none inside",
        "Name an output of video_queue, or its manifest NAME.vq.json.",
    ),
    "input_missing.recorded": Text(
        "{path}, an input of this render, is not there",
        "Say where it lies now: vq replay FILE --input PATH (over HTTP: inputs).",
    ),
    "input_missing.changed": Text(
        "{path}, an input of this render, is not what it was: {detail}",
        "Name a copy as it was with --input PATH (over HTTP: inputs), or render the file of today: vq restore.",
    ),
}
