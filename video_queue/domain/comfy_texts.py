"""The error texts of ComfyUI: what it does not have, what it refuses, and what its nodes fail at.

They are a part of `work_texts`, in a file of their own for their number.
"""

from __future__ import annotations

from video_queue.domain.errors import Text

_REFUSED = "ComfyUI refused the graph: {detail}"
_FAILED = "{node} failed: {detail}"

COMFY_TEXTS: dict[str, Text] = {
    "comfy_unreachable.none": Text(
        "no ComfyUI answers at {urls}",
        "Start ComfyUI, or set comfy.url; the work waits and goes on by itself.",
    ),
    "comfy_unreachable.unchecked": Text(
        "{name}={value!r} could not be checked: no ComfyUI has answered here yet",
        "Start ComfyUI once; a name that it does not have makes the prompt fail.",
    ),
    # --- found before anything is sent
    "comfy_rejected.unknown_class": Text(
        "{node}: this ComfyUI has no node class {name}",
        "Install the pack of custom nodes it comes from, then restart ComfyUI; classes with a similar name: {near}.",
    ),
    "comfy_rejected.unknown_class_of": Text(
        "{node}: this ComfyUI has no node class {name}",
        "Install {pack} in ComfyUI (the Manager finds it), then restart it.",
    ),
    "comfy_rejected.unknown_input": Text(
        "{node} has no input {name}, so the value would be ignored",
        "Correct the binding in the workflow file.",
    ),
    "comfy_rejected.missing_model": Text(
        "{node} has no model {name}={value!r}", "Put the file into {folder}, or use: {near}."
    ),
    "comfy_rejected.not_listed": Text("{node} does not offer {name}={value!r}", "Use: {near}."),
    "comfy_rejected.out_of_range": Text(
        "{node}: {name}={value} is outside {low} to {high}", "Use a value inside the range."
    ),
    "comfy_rejected.not_a_number": Text("{node}: {name}={value!r} is not a number", "Give a number."),
    "comfy_rejected.missing_input": Text(
        "{node}: the input {name} is missing", "Connect it in ComfyUI and export the graph again, or set it."
    ),
    "comfy_rejected.link_to_nothing": Text(
        "{node}: {name} is linked to {source}, which is not there", "Export the graph from ComfyUI again."
    ),
    "comfy_rejected.link_type": Text(
        "{node}: {name} takes {wanted} and is linked to {source}, which gives {source_type}",
        "Connect it to an output of the type {wanted}.",
    ),
    "comfy_rejected.file_in_set": Text(
        "{node}: {name} takes a file of ComfyUI's input folder, and set gives it a path of this machine",
        "Write it under files: of the phase {phase} ({binding}), which brings the file to ComfyUI.",
    ),
    "comfy_rejected.no_save_node": Text(
        "the graph of {phase} has no node that saves or shows anything, so ComfyUI would not run it",
        "Add a save node such as SaveImage in ComfyUI, then export the graph again.",
    ),
    # --- ComfyUI's own refusals
    "comfy_rejected.nodes": Text(_REFUSED, "Correct the graph or the values; vq show has every node."),
    "comfy_rejected.refused_class": Text(
        _REFUSED, "Install the pack of custom nodes that has {name}, then restart ComfyUI."
    ),
    "comfy_rejected.refused_class_of": Text(
        _REFUSED, "Install {pack} in ComfyUI (the Manager finds it), then restart it."
    ),
    "comfy_rejected.refused_model": Text(_REFUSED, "Put {value} into {folder}, or use: {near}."),
    "comfy_rejected.refused_choice": Text(_REFUSED, "For {name} use: {near}."),
    "comfy_rejected.refused_number": Text(_REFUSED, "For {name} use a value from {low} to {high}."),
    "comfy_rejected.refused_missing_input": Text(
        _REFUSED, "Connect {name} in ComfyUI and export the graph again, or set it in the workflow file."
    ),
    "comfy_rejected.refused_link": Text(_REFUSED, "Connect {name} to an output of the type {wanted}."),
    "comfy_rejected.refused_file": Text(
        _REFUSED,
        "Write the file under files: in the workflow ({binding}), or put it into ComfyUI's input folder.",
    ),
    "comfy_rejected.refused_no_output": Text(
        _REFUSED, "Add a save node such as SaveImage in ComfyUI, then export the graph again."
    ),
    "comfy_rejected.upload": Text(
        "{path} has {size} bytes, more than ComfyUI takes as an upload ({limit})",
        "Set comfy.input_dir to ComfyUI's input folder as this machine sees it, or start ComfyUI with a larger"
        " --max-upload-size.",
    ),
    "comfy_rejected.bring": Text(
        "{path} could not be brought to ComfyUI ({folder}): {detail}",
        "Check comfy.input_dir and that the folder can be written; then retry.",
    ),
    # --- nodes that raised
    "comfy_execution.node": Text(_FAILED, "See the prompt's log for ComfyUI's trace."),
    "comfy_execution.missing_model": Text(_FAILED, "Put {value} into {folder}, or use: {near}."),
    "comfy_execution.no_part_of_model": Text(
        _FAILED,
        "The checkpoint has no text encoder or VAE: load those with loaders of their own, or choose another.",
    ),
    "comfy_execution.wrong_model": Text(
        _FAILED, "The file is not a model that this loader reads: check which loader its page names."
    ),
    "comfy_execution.damaged_model": Text(
        _FAILED, "The model file is damaged or was not downloaded to its end: download it again."
    ),
    "comfy_execution.other_family": Text(
        _FAILED,
        "Model, text encoder, VAE, LoRA or ControlNet are of different families: use ones made for each other.",
    ),
    "comfy_execution.tensor_sizes": Text(
        _FAILED,
        "Two pictures or latents differ in size: use one size for all, best a multiple of 16, and batches of one size.",
    ),
    "comfy_execution.number_format": Text(
        _FAILED,
        "Number formats do not fit each other: set the loaders' weight_dtype to default, or choose another file of"
        " the model (fp16, bf16, fp8).",
    ),
    "comfy_execution.missing_package": Text(
        _FAILED,
        "A Python package is missing: install the requirements of its pack of custom nodes in ComfyUI.",
    ),
    "comfy_execution.missing_file": Text(
        _FAILED, "Give local files under files: in the workflow, or put them into ComfyUI's input folder."
    ),
    "comfy_execution.unreadable_file": Text(
        _FAILED, "The file is damaged or not of a kind that the node reads: open it, or convert it first."
    ),
    "comfy_execution.no_permission": Text(
        _FAILED, "ComfyUI may not read or write there: check the folder's permissions."
    ),
    "comfy_execution.full_disk": Text(_FAILED, "The disk of ComfyUI is full: make room, then retry."),
    "comfy_execution.network": Text(
        _FAILED,
        "The node wanted to download something: connect the machine, or put the files where it expects them.",
    ),
    "comfy_execution.login": Text(
        _FAILED,
        "The node uses a paid service: it needs an account, and a graph that runs without it does not.",
    ),
    "comfy_execution.gpu_driver": Text(
        _FAILED, "Restart ComfyUI; if it happens again, check the GPU driver and ComfyUI's PyTorch."
    ),
    "comfy_execution.outside_output": Text(
        _FAILED, "Give the save node a prefix without .. and without a leading slash."
    ),
    "comfy_lost.gone": Text(
        "ComfyUI no longer knows the prompt {prompt_id}",
        "It was restarted or its queue was cleared; the prompt is tried again.",
    ),
    "comfy_lost.outputs": Text(
        "ComfyUI no longer has the outputs of the prompt {prompt_id}", "The prompt is rendered again."
    ),
    "comfy_lost.interrupted": Text(
        "somebody interrupted the prompt in ComfyUI", "It is tried once more; retry it when nobody stops it."
    ),
    "comfy_lost.answer": Text(
        "ComfyUI's answer could not be read: {detail}", "The prompt is looked for before it is sent again."
    ),
    "out_of_memory.gpu": Text(
        "{node} ran out of GPU memory", "Use a smaller resolution, or declare on_oom in the workflow."
    ),
    "out_of_memory.numbers": Text(
        "{node} ran out of GPU memory", "Lower {numbers}; or declare on_oom in the workflow."
    ),
    "out_of_memory.sizes": Text(
        "{node} ran out of GPU memory",
        "Lower {numbers}; or let the phase try smaller ones by itself: {smaller}.",
    ),
    "no_output.previews": Text(
        "the graph of the phase saves nothing, it only shows: {nodes}",
        "Add a save node such as SaveImage; previews are used all the same.",
    ),
}
