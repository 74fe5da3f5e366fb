"""The error texts of what the queue keeps for many jobs: batches, queues as files, presets, caption styles.

They are a part of `work_texts`, in a file of their own for its length.
"""

from __future__ import annotations

from video_queue.domain.errors import Text

QUEUE_TEXTS: dict[str, Text] = {
    "validation.preset_parameter": Text(
        "no workflow has a parameter {name!r}", "Correct the name; vq workflow show NAME lists a workflow's."
    ),
    "not_found.shared_preset": Text("no shared preset is called {name!r}", "vq preset ls lists them."),
    "not_found.caption_style": Text("there is no caption style {name!r}{near}", "vq style ls lists them."),
    "validation.caption_style_name": Text(
        "{name!r} cannot be the name of a caption style of yours",
        "Use a plain file name of at most 100 characters, and none of {taken}.",
    ),
    "validation.caption_style": Text(
        "there is no caption style {name!r}", "There are {known}; vq style save makes one of your own."
    ),
    "invalid_state.batch_key": Text(
        "the key {key!r} belongs to batch {batch}, which was another body",
        "Send the same body again, or take another key.",
    ),
    "invalid_state.batch": Text(
        "{action} is not possible for any job of batch {batch}", "vq ls batch:{batch} shows how they stand."
    ),
    "not_found.instance": Text(
        "there is no ComfyUI called {name!r}",
        "There are {names}; vq comfy shows them. [[comfy.instances]] of vq.toml names them.",
    ),
    "not_found.batch": Text(
        "there is no batch {id}", "A batch lives as long as one of its jobs; vq ls --json names each job's."
    ),
    "validation.batch_key": Text(
        "two submissions are called {key!r}", "Give each its own key, or none: #0 is the first."
    ),
    "validation.batch_name": Text(
        "no submission of this batch is called {name!r}", "There are: {known}; a number is a job that exists."
    ),
    "validation.batch_cycle": Text(
        "these wait for each other: {chain}", "Leave out one `after` or `job:` of the circle."
    ),
    "invalid_state.export_none": Text(
        "nothing that waits is among these jobs", "vq ls --state queued shows what waits."
    ),
    "invalid_state.export_finished": Text(
        "job {id} is {state}: nothing of it waits", "Leave it out, or retry it first."
    ),
    "invalid_state.export_after": Text(
        "job {id} comes after job {after}, which is not exported",
        "It stays here. Export job {after} too, or release job {id} first so that it does not wait for it.",
    ),
    "invalid_state.export_exists": Text("{path} is there already", "Take another name, or remove it first."),
    "validation.export_name": Text("{path} is no name for a queue file", "Let it end in .zip."),
    "validation.export_begun": Text(
        "renders of job {id} that have begun: {count}",
        "They stay here and end here; the others are in the file.",
    ),
    "validation.export_dependent": Text(
        "job {id} stays here and comes after job {after}, which was exported",
        "Release it to let it start without job {after}, or cancel it.",
    ),
    "validation.export_watched": Text(
        "jobs of files from watched folders: {count}",
        "Watched folders are not in the file, nor is what they do with a finished file: vq watch add makes one there.",
    ),
    "validation.export_folder": Text(
        "the folder {path} that a parameter names is not packed", "Bring it there, and name it with --map."
    ),
    "validation.queue_file": Text(
        "{path} is no queue file: {detail}",
        "vq queue export FILE.zip makes one; copy it again if it was damaged.",
    ),
    "validation.moved_style": Text(
        "the caption style {name} is another one here than there",
        "The jobs take that of here. To take theirs, remove it before: vq style rm {name}.",
    ),
    "validation.export_input_name": Text(
        "{path} cannot be packed: {detail}", "Rename it, or export without inputs."
    ),
    "validation.queue_file_newer": Text(
        "{path} was made by {by}, which this video_queue does not understand", "Install that version here."
    ),
    "validation.moved_empty": Text("job {number} of the file has nothing to do", "Export it again."),
    "validation.moved_run": Text(
        "a run of pictures of job {number} of the file makes no sense", "Export it again."
    ),
    "validation.moved_twice": Text("the file has two jobs of one number", "Export it again."),
    "validation.moved_after": Text(
        "job {number} of the file comes after job {after}, which is not in it", "Export it again."
    ),
    "validation.map": Text(
        "{text} is no map of folders", "Write --map OLD=NEW, as in --map /Volumes/a=/mnt/a."
    ),
    "input_missing.moved": Text(
        "inputs are missing in {folder}: {names}",
        "Say where that folder is here (--map OLD=NEW), or export it with its inputs packed (--with-inputs).",
    ),
    "input_missing.moved_output": Text(
        "the output folder {path} cannot be here",
        "Say where it is here (--map OLD=NEW), or publish elsewhere (--output-dir).",
    ),
}
