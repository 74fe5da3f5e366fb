"""Every error text of the product: what is wrong, and what to do about it.

A key is `code.case`; the part before the dot is the stable error code that programs rely on. `catalogue` makes
errors of these; docs/errors.md is written from them. What happens while prompts are worked on is in
`work_texts`, who may come in in `access_texts`, what ComfyUI refuses and fails at in `comfy_texts`.
"""

from __future__ import annotations

from video_queue.domain.access_texts import ACCESS_TEXTS
from video_queue.domain.errors import Text
from video_queue.domain.provenance_texts import PROVENANCE_TEXTS
from video_queue.domain.work_texts import WORK_TEXTS

TEXTS: dict[str, Text] = {
    **ACCESS_TEXTS,
    **WORK_TEXTS,
    **PROVENANCE_TEXTS,
    # --- submissions and values
    "validation.body": Text(
        "the request body is not valid: {detail}", "See the schema at /api/openapi.json."
    ),
    "validation.json": Text("the request body is not JSON: {detail}", "Send one JSON object."),
    "validation.content_type": Text(
        "the body must be sent as application/json, not {given}",
        "Set the header Content-Type: application/json.",
    ),
    "validation.watch_workflow": Text(
        "the workflow {workflow} cannot be used for a watch: it does not take its inputs one by one",
        "Choose one with a single input (vq workflow show).",
    ),
    "validation.watch_key": Text(
        "{name} cannot be set for a watch",
        "Leave it out: the watch gives the inputs, each file its own job.",
    ),
    "validation.watch_existing": Text(
        "{count} files lie in {path} already", "Say what becomes of them: existing=skip or existing=take."
    ),
    "validation.watch_output": Text(
        "{name} {path} lies inside the watched folder {folder}",
        "Choose one outside: outputs would be taken as inputs again.",
    ),
    "validation.watch_target": Text(
        "{name} {path} is or holds the watched folder {folder}",
        "Choose another folder: files moved there would be taken again.",
    ),
    "validation.watch_folder": Text(
        "{path} cannot be watched: {detail}", "Choose a folder of inputs that holds neither."
    ),
    "validation.range": Text("the file has only {size} bytes", "Ask for a range inside the file."),
    "validation.upload_type": Text(
        "an upload must be sent as multipart/form-data, not {given}",
        "Send one file in the field named file.",
    ),
    "validation.upload": Text(
        "the upload cannot be read: {detail}", "Send one file in the field named file."
    ),
    "validation.query": Text("{name}={value!r} is not valid: {detail}", "Correct the query parameter."),
    "validation.unknown_parameter": Text(
        "the workflow {workflow} has no parameter {name!r}", "It has: {known}."
    ),
    "validation.unknown_parameter_near": Text(
        "the workflow {workflow} has no parameter {name!r}", "Did you mean {near}? It has: {known}."
    ),
    "validation.required": Text("{name} needs a value", "Give it with -p {name}=VALUE or in params."),
    "validation.wrong_type": Text("{name}={value!r} is not {expected}", "Give {name} as {expected}."),
    "validation.too_small": Text("{name}={value} is below the minimum {limit}", "Use {limit} or more."),
    "validation.too_big": Text("{name}={value} is above the maximum {limit}", "Use {limit} or less."),
    "validation.off_step": Text(
        "{name}={value} is not a multiple of {step} from {start}", "Use a value on that step."
    ),
    "validation.pattern": Text("{name}={value!r} does not match {pattern}", "Change the text to match."),
    "validation.not_an_option": Text("{name}={value!r} is not one of its options", "Use one of: {options}."),
    "validation.not_sweepable": Text("{name} cannot be swept", "Give it one value under params."),
    "validation.sweep_empty": Text("the sweep of {name} has no values", "Give at least one value."),
    "validation.swept_twice": Text(
        "{name} is given both in {first} and in {second}", "Give it in one place only."
    ),
    "validation.comma_list": Text(
        "{name} is a text; a comma list is ambiguous",
        'Use --sweep \'{name}=["a", "b"]\' or {name}=@file.txt.',
    ),
    "validation.no_seed_parameter": Text(
        "the workflow {workflow} has no seed parameter", "Leave seeds out, or sweep another parameter."
    ),
    "validation.unbound_seed": Text(
        "the workflow {workflow} has no seed parameter; its graph has a seed in {node}",
        "Add to its parameters: seed: {{type: seed}}, and to set of the phase {phase}: "
        '"{binding}": "{{{{ params.seed }}}}".',
    ),
    "validation.not_editable": Text(
        "{name} differs between the prompts of this job: it comes from its {origin}",
        "Rerun the job with other values.",
    ),
    "validation.seeds": Text(
        "seeds={value!r} is not a number, a list or a range", 'Use 4, [1, 2, 3] or "1..4".'
    ),
    "validation.seed_range": Text(
        "the seed {value} is outside 0 to 2^64-1", "Use a seed between 0 and 2^64-1."
    ),
    "validation.rows_and_inputs": Text(
        "rows and inputs were both given", "Name the files in the rows' input column."
    ),
    "validation.row": Text("row {row}: {detail}", "Correct the row."),
    "validation.no_inputs": Text(
        "the workflow {workflow} needs {kind} inputs and none were given",
        "Name files, or a folder with input_dir.",
    ),
    "validation.inputs_not_taken": Text(
        "the workflow {workflow} takes no inputs", "Leave inputs and input_dir out."
    ),
    "validation.input_slots": Text(
        "the workflow {workflow} takes the inputs {slots}: {detail}",
        "On the command line: {typed}; in JSON a list of objects with those keys, or one list for each.",
    ),
    "validation.slot_lengths": Text(
        "the input lists have different lengths: {lengths}",
        "Give lists of one length, or a single file to be used for all.",
    ),
    "validation.input_groups": Text(
        "{count} files do not divide into groups of {size}",
        "The workflow takes {size} files for each prompt.",
    ),
    "validation.seed_overflow": Text(
        "the seeds from {first} on would pass {limit}", "Begin with a smaller seed, or ask for fewer."
    ),
    "validation.no_resolution": Text(
        "the workflow {workflow} offers no resolutions", "Leave resolution and flip out."
    ),
    "validation.column": Text(
        "the rows have a column {name!r} that the workflow {workflow} does not know", "It knows: {known}."
    ),
    "validation.resolution": Text("the resolution {value!r} is not WIDTHxHEIGHT", "Use for example 832x480."),
    "validation.resolution_not_offered": Text(
        "the workflow {workflow} does not offer the resolution {value}", "Use one of: {options}."
    ),
    "validation.value": Text("{name}={value!r} is not valid", "{expected}"),
    "validation.list_for_file": Text(
        "{binding} is a list of files; one file is brought at a time",
        "Run the phase once for each with for_each, and use {{{{ item.path }}}}.",
    ),
    "validation.reference": Text("{reference} does not lead anywhere: {detail}", ""),
    "validation.output_name": Text(
        "the output name {name!r} is not a file name", "Use a plain name without folders."
    ),
    # --- workflow files
    "validation.workflow_file": Text("{file}: line {line}: {key}: {detail}", "Correct the workflow file."),
    "validation.graph_alone": Text(
        "{file} is a graph without a workflow file", "Make one: vq workflow new {path}"
    ),
    "validation.import_graph": Text(
        "no workflow can be read here: {detail}",
        "Take a picture, clip or sound that ComfyUI saved, or a workflow that it exported as JSON.",
    ),
    "validation.import_name": Text(
        "{name!r} cannot be a workflow's name",
        "Use small letters, digits, - and _, for example {example}.",
    ),
    "validation.import_no_output": Text(
        "the graph has no node that saves anything",
        "Add a Save node to it in ComfyUI and export it again.",
    ),
    "validation.import_previews": Text(
        "the graph only shows what it makes ({nodes}) and saves nothing",
        "Put a Save node in the place of the preview in ComfyUI and export it again.",
    ),
    "validation.import_node": Text("{where}: {detail}", "Look at this node in ComfyUI."),
    "validation.import_no_catalogue": Text(
        "a workflow of ComfyUI's editor can only be read with the list of its nodes",
        "Start ComfyUI and vq serve once, or export the workflow with Workflow, Export (API).",
    ),
    "validation.import_blind": Text(
        "ComfyUI was never seen, so ranges and choices are general ones",
        "Start ComfyUI and vq serve, and import it again.",
    ),
    "validation.sample": Text(
        "no sample {kind} could be made: {detail}",
        "Name an input of your own: vq workflow test NAME INPUT.",
    ),
    "invalid_state.workflow_exists": Text(
        "there is a workflow {name} already: {path}", "Choose another name, or force it."
    ),
    "unknown_workflow.near": Text(
        "there is no workflow named {name!r}", "Did you mean {near}? There are: {known}."
    ),
    "unknown_workflow.name": Text("there is no workflow named {name!r}", "There are: {known}."),
    # --- looking things up
    "unknown_job.id": Text("there is no job {id}", "vq ls lists the jobs."),
    "not_found.prompt": Text(
        "there is no prompt {id}", "A prompt is named by its number or as JOB.INDEX, for example 12.3."
    ),
    "not_found.artifact": Text("there is no artifact {id}", "vq outputs JOB lists a job's artifacts."),
    "not_found.notification": Text("there is no notification {id}", "vq inbox --all lists them."),
    "not_found.file": Text("{path} is not there", "It was moved or deleted after it was made."),
    "not_found.route": Text("there is nothing at {path}", "See /api/openapi.json for what there is."),
    "not_found.outputs": Text("{id} has published nothing yet", "vq show {id} says where it stands."),
    "not_found.root": Text(
        "{path} is not among the folders that requests may name", "vq roots ls lists them."
    ),
    "not_found.source": Text("there is no option source {name!r}", "GET /api/options lists the sources."),
    "not_found.preview": Text(
        "{name} has no {form} that a browser can show", "Download the file, or open it where it lies."
    ),
    "not_found.folder": Text("there is no folder {path}", "Check the path and its spelling."),
    "not_found.file_manager": Text("no file manager could be opened: {detail}", "Open {path} yourself."),
    "not_found.preset": Text(
        "the workflow {workflow} has no preset {name!r}",
        "GET the workflow's presets for those there are.",
    ),
    "validation.preset_name": Text(
        "{name!r} cannot be a preset's name", "Use a plain file name of at most 100 characters."
    ),
    "validation.method": Text("{path} does not take {method}", "See /api/openapi.json for what it takes."),
    "invalid_state.action": Text("{action} is not possible: {subject} is {state}", "{hint}"),
    "invalid_state.comfy": Text(
        "{action} of ComfyUI is not possible: {reason}",
        "vq comfy shows what is; comfy.command lets video_queue start it (docs/comfyui.md).",
    ),
    "invalid_state.begun": Text(
        "prompt {id} has begun; its values stay", "Rerun its job, or retry it, with other values."
    ),
    "not_found.watch": Text("there is no watch {id}", "vq watch ls lists them."),
    "invalid_state.watch_overlap": Text(
        "{path} is watched already: watch {id} has {other}",
        "Change that watch, remove it, or choose a folder outside.",
    ),
    "invalid_state.file_exists": Text(
        "{path} exists already", "Choose another folder, or replace it with --force."
    ),
    "invalid_state.undo": Text("{subject} has ended since", "vq show says how; rerun it to have it again."),
    "invalid_state.stopping": Text("{subject} is still being stopped", "Undo again in a moment."),
    "not_found.undo": Text(
        "there is nothing to undo",
        "The newest twenty actions can be: cancel, hold, release, move and archive.",
    ),
    "invalid_state.cause": Text(
        "{subject} has no render that failed with {cause}", "vq show says why they failed."
    ),
    "invalid_state.move": Text("{detail}", "Name a waiting job of the same priority."),
    # --- inputs
    "input_missing.file": Text("{path} does not exist", "Check the path and its spelling."),
    "input_missing.folder": Text(
        "the folder {path} does not exist", "Check the path; it must exist when you submit."
    ),
    "input_missing.empty_folder": Text(
        "the folder {path} holds no {kind} files{detail}", "Check the folder, --glob and --recursive."
    ),
    "input_missing.not_a_folder": Text("{path} is not a folder", "Give the file as an input instead."),
    "input_missing.gone": Text("the input {path} is gone", "Put it back and retry the prompt."),
    "input_missing.no_runs": Text(
        "the folder {path} holds no numbered pictures such as img_0001.png", "Check the folder."
    ),
    "input_unreadable.folder": Text("{path} is a folder", "Give it as input_dir instead."),
    "input_unreadable.kind": Text(
        "{path} is not {kind}: its name ends in .{ext}", "Give {kind} files to this workflow."
    ),
    "input_unreadable.not_a_file": Text("{path} is not a regular file", "Give a media file."),
    "input_unreadable.empty": Text("{path} is empty (0 bytes)", "Copy the file again from its source."),
    "input_unreadable.permission": Text(
        "{path} cannot be read: {detail}", "Give yourself read permission on it."
    ),
    "input_unreadable.silent": Text(
        "{path} does not answer: its drive or share may be gone",
        "Bring it back, or remove the watch that has it.",
    ),
    "input_unreadable.junk": Text(
        "{path} is not readable as {kind}: {detail}",
        "Check that the file plays elsewhere; copy it again.",
    ),
    "input_unreadable.no_stream": Text("{path} has no {kind} stream", "Use a file that has one."),
    "input_unreadable.path": Text("{path!r} is not a usable path: {detail}", "Give a plain local path."),
    "input_unreadable.json": Text("{path} is not JSON: {detail}", "Save the file again from where it comes."),
    "input_unreadable.object_info": Text(
        "{path} does not hold ComfyUI's node classes", "Save the answer of ComfyUI's GET /object_info."
    ),
    "input_unreadable.api_format": Text(
        "{path} is in API format already",
        "Use it as it is, or give the file that ComfyUI's editor saves.",
    ),
    "input_unreadable.workflow": Text(
        "{path} cannot be converted: {detail}", "Give a workflow as ComfyUI's editor saves it."
    ),
    "path_not_allowed.roots": Text(
        "{path} is outside the folders that requests may name", "Allow it with: vq roots add {folder}"
    ),
    "path_not_allowed.dot_folder": Text(
        "{path} lies in a hidden folder", "Hidden folders are never served; move the file."
    ),
    "path_not_allowed.name": Text(
        "{name!r} is no name of a file in {folder}: {detail}", "Give it a plain name, without links and dots."
    ),
    "path_not_allowed.work": Text(
        "{path} lies in video_queue's own working folder", "Choose another folder."
    ),
    # --- the server and its home
    "too_large.body": Text(
        "the request body is larger than {limit} bytes", "Send less, or raise limits.max_body."
    ),
    "too_large.file": Text("{path} has more than {limit} bytes", "Give a smaller file."),
    "too_large.prompts": Text(
        "this submission makes {count} prompts; the limit is {limit}",
        "Submit less at once, or raise limits.max_prompts.",
    ),
    "locked.home": Text(
        "another video_queue (pid {pid}) holds {home}", "Use that one, stop it, or choose another --home."
    ),
    "locked.port": Text(
        "the port {port} on {host} is in use",
        "Choose another with --port, or stop the program that uses it.",
    ),
    "locked.network_home": Text(
        "{home} lies on a network file system ({kind})",
        "Put the home on a local disk; outputs may go to the network.",
    ),
    "locked.newer_schema": Text(
        "this home was written by a newer video_queue (schema {found}, known {known})",
        "Update video_queue, or restore a copy of before: vq db restore.",
    ),
    "locked.busy": Text(
        "another program keeps the database {path} locked",
        "Close the program that writes to it; the work goes on by itself.",
    ),
    "locked.disk": Text(
        "the database {path} cannot be read or written: {detail}",
        "Check the disk that holds the home; the work goes on by itself.",
    ),
    "locked.foreign_database": Text(
        "{path} is a database of another program", "Move that file away, or choose another --home."
    ),
    "locked.damaged": Text(
        "the database {path} is damaged: {detail}", "Restore a copy: vq db restore lists them."
    ),
    "locked.damaged_with_copy": Text(
        "the database {path} is damaged: {detail}", "Restore its newest copy: vq db restore {copy}"
    ),
    # --- settings
    "validation.settings_file": Text("{path}: {detail}", "Correct the file; vq config shows every setting."),
    "validation.setting": Text("the setting {name}: {detail}", "Correct it in {origin}."),
    "validation.id": Text(
        "{value!r} is not a job or prompt id",
        "Use a number such as 12, or 12.3 for the third prompt of job 12.",
    ),
    # --- the command line
    "not_found.service": Text("no service {name} is installed", "vq service install installs it."),
    "not_found.program": Text(
        "this machine has no {name}",
        "See vq service install --dry-run, and start vq serve by what there is.",
    ),
    "invalid_state.service": Text(
        "{command} failed: {detail}",
        "Run it yourself to see more; vq service install --dry-run lists all steps.",
    ),
    "not_found.backup": Text("there is no copy {name}", "vq db restore lists those of this home."),
    "validation.backup": Text(
        "{path} cannot be restored: {detail}", "Choose an older copy; vq db restore lists them."
    ),
    "not_found.editor": Text(
        "the editor {name} cannot be started: {detail}", "Set EDITOR to one that is installed."
    ),
    "validation.editor": Text("the editor {name} ended with {code}", "Nothing was changed; try it again."),
    "validation.edited": Text("the edit cannot be used: {detail}", "It is kept in {path}."),
    "not_found.database": Text("there is no database at {path}", "Check --home; vq serve makes one."),
    "validation.filter": Text(
        "{word} is no word of the filter",
        "Did you mean {right}? There are state:, workflow:, tag:, since:, cause:, batch: and is:archived.",
    ),
    "validation.usage": Text("{detail}", "See {command} --help."),
    "validation.assignment": Text(
        "{flag} {value!r} is not NAME=VALUE", "Write for example {flag} prompt=rain."
    ),
    "validation.sweep_json": Text(
        "the values of {name} are not a JSON list: {detail}",
        'Write for example --sweep \'{name}=["a", "b"]\'.',
    ),
    "validation.write_file": Text(
        "{path} cannot be written: {detail}",
        "Name a file in a folder that is there and that you can write to.",
    ),
    "validation.value_file": Text("{path} cannot be read: {detail}", "Give a file of UTF-8 text."),
    "validation.rows_line": Text("{path}, line {line}: {detail}", "Correct the table."),
    "validation.rows_empty": Text("{path} holds no rows", "Give a heading and at least one row."),
    "validation.duration": Text("{value!r} is not a length of time", "Write 90s, 30m, 2h or seconds."),
    "validation.moment": Text(
        "{value!r} names no moment", "Write 12h, 2d, today, yesterday, 22:00 or 2026-01-31T22:00."
    ),
    "validation.job_id": Text("{value!r} is a prompt, and this needs a job", "Use {job} for its job."),
    "validation.server_url": Text("{value!r} is not an address", "Write for example http://127.0.0.1:8765."),
    "server_unreachable.no_server": Text(
        "no server is running for {home}",
        "Start one with vq serve, or work the queue here with --run or vq run.",
    ),
    "server_unreachable.server": Text(
        "the video_queue server at {url} does not answer: {detail}", "Start it with vq serve."
    ),
    "validation.port": Text("cannot listen on {host}:{port}: {detail}", "Choose another --host or --port."),
}
