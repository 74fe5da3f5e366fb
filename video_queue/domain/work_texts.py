"""The error texts of work: what may go wrong with ffmpeg, disks, ComfyUI and outputs while a prompt is worked on.

They are a part of `texts.TEXTS`, in a file of their own for its length.
"""

from __future__ import annotations

from video_queue.domain.comfy_texts import COMFY_TEXTS
from video_queue.domain.errors import Text
from video_queue.domain.queue_texts import QUEUE_TEXTS

WORK_TEXTS: dict[str, Text] = {
    "comfy_unreachable.no_object_info": Text(
        "nothing is known of ComfyUI's node classes: none answers, and none was connected to this home",
        "Start ComfyUI, or give a saved answer of its GET /object_info with --object-info.",
    ),
    "timeout.phase": Text(
        "{phase} did not finish within {limit} s", "Raise the phase's timeout, or give it less to do."
    ),
    "stalled.phase": Text(
        "{phase} gave no sign of progress for {limit} s",
        "See the prompt's log; retry when the cause is gone.",
    ),
    "stalled.killed": Text(
        "{program} was ended from outside during {phase} (signal {signal})",
        "It is tried again; if memory ran out, lower media_jobs.",
    ),
    "stalled.files": Text(
        "the working file {path} disappeared during the work",
        "It is made again; leave the work folder alone while prompts run.",
    ),
    "no_output.phase": Text("{phase} finished without making a file", "Check the workflow's output nodes."),
    "no_output.gone": Text(
        "ComfyUI named {name} as an output, twice, and does not have it",
        "Check the disk of ComfyUI's output folder.",
    ),
    "bad_output.frames": Text(
        "{name} has {actual} frames where {expected} were expected",
        "The output was not published; see the prompt's log, then retry.",
    ),
    "bad_output.duration": Text(
        "{name} lasts {actual} s where {expected} s were expected",
        "The output was not published; see the prompt's log, then retry.",
    ),
    "bad_output.unreadable": Text(
        "{name} cannot be read back: {detail}",
        "The output was not published; see the prompt's log, then retry.",
    ),
    "bad_output.write": Text(
        "the output cannot be written in {path}: {detail}",
        "Choose an output folder that takes such files; then retry.",
    ),
    "media_failed.ffmpeg": Text(
        "ffmpeg failed in {phase} (exit {status}): {detail}", "See the prompt's log for the whole message."
    ),
    "media_failed.step": Text("{phase}: {detail}", "Correct the workflow or the input, then retry."),
    "media_failed.no_encoder": Text(
        "this ffmpeg cannot encode {codec}: tried {tried}",
        "Choose another codec, or set ffmpeg to a build that has it.",
    ),
    "media_failed.no_ffmpeg": Text(
        "no ffmpeg was found",
        "Install ffmpeg, or the imageio-ffmpeg package, or set ffmpeg = PATH in vq.toml.",
    ),
    "media_failed.mismatch": Text("{detail}", "Give clips of one size, or set fit."),
    "media_failed.frame_size": Text(
        "{path} is {actual} where the first frame is {expected}", "Give frames of one size."
    ),
    "media_failed.no_such_frame": Text(
        "{path} has the frames 0 to {last}; {name}={value} is not among them", "Give a frame that is there."
    ),
    "media_failed.no_frames_chosen": Text(
        "no frame of {path} lies in the chosen range ({duration} s)", "Change start, end or timestamps."
    ),
    "media_failed.no_extra": Text(
        "{what} needs the extra {extra}, which is not installed",
        "Install it: pip install 'video_queue[{extra}]', or choose what needs no extra.",
    ),
    "media_failed.no_model": Text("there is no model {path}", "Give the path of an ONNX file that you have."),
    "media_failed.bad_model": Text(
        "{path} cannot be used as an image encoder: {detail}",
        "Give the image encoder of a CLIP model, saved as ONNX.",
    ),
    "validation.engine": Text("{detail}", "{remedy}"),
    "media_failed.no_whisper": Text(
        "there is no Whisper model {name} on this machine{there}",
        "Fetch it once with: hf download {repository}; or give the path of a model's folder as model. "
        "engine: pocketsphinx needs none, and gives a draft.",
    ),
    "media_failed.unknown_whisper": Text(
        "there is no Whisper model {name}",
        "Give the path of a model's folder, owner/name, or one of {known}.",
    ),
    "media_failed.bad_whisper": Text(
        "{path} cannot be used as a Whisper model: {detail}",
        "Give the folder of a model that was converted for faster-whisper.",
    ),
    "media_failed.language": Text(
        "{engine} does not understand the language {language}",
        "Leave language empty, correct it (en, de, ja), or choose a model that understands it.",
    ),
    "input_missing.subtitles": Text(
        "there are no captions: no subtitle file is named, and no {name}.srt, .vtt or .ass lies in {folder}",
        "Name a subtitle file, or give segments, words or text.",
    ),
    "input_unreadable.subtitles": Text(
        "{path} cannot be read as captions: {detail}",
        "Give SRT, WebVTT or ASS, best in UTF-8; or name its encoding.",
    ),
    "media_failed.no_style": Text(
        "there is no caption style {name}; there are {known}",
        "Name one of these, or save one: vq style save.",
    ),
    "media_failed.bad_style": Text(
        "{path} is no caption style: {detail}", "Correct the file; vq style ls shows every style."
    ),
    "media_failed.no_font": Text(
        "there is no font {font} on this machine",
        "Install it, name another one in the caption style, or give the path of its file; empty takes the font of vq.",
    ),
    "media_failed.no_glyphs": Text(
        "no font here has the letters {letters} (tried {font})",
        "Install a font that has them, and name it in the caption style or give the path of its file.",
    ),
    "media_failed.missing_audio": Text(
        "{path} has no sound and audio_required is set", "Use a clip with sound, or leave audio_required out."
    ),
    "disk_full.space": Text(
        "only {free_gb} GB are free in {path}; {need_gb} GB are kept free",
        "Free some space; the work goes on by itself.",
    ),
    "disk_full.write": Text("no space is left in {path}", "Free some space; the work goes on by itself."),
    "disk_full.work": Text(
        "the work folder {path} cannot be used: {detail}", "Bring it back; the work goes on by itself."
    ),
    "output_unavailable.input": Text(
        "{input} does not answer: {detail}", "Bring its drive or share back; its prompts go on by themselves."
    ),
    "output_unavailable.folder": Text(
        "the output folder {path} is away: {detail}", "Bring it back; its prompts go on by themselves."
    ),
    "poison.crashes": Text(
        "gave up after {count} crashes in {phase}", "Look at the prompt's log; retry sets the count to 0."
    ),
    "cancelled.user": Text("cancelled", "Retry it to run it again."),
    "cancelled.reason": Text("cancelled: {reason}", "Retry it to run it again."),
    "internal.bug": Text(
        "video_queue hit an error of its own: {detail}",
        "The log in home/logs has the trace; please report it.",
    ),
    "internal.database": Text(
        "the database does not answer any more", "Restart vq serve; nothing acknowledged is lost."
    ),
    "internal.damaged": Text(
        "the database {path} has damage: {detail}",
        "Stop vq serve and start it again: it repairs its indexes, or names the backup to restore.",
    ),
    "internal.damaged_text": Text(
        "the disk has damaged {where}: {detail}",
        "Cancel and delete that job, or restore a copy: vq db restore lists them.",
    ),
    "internal.damaged_row": Text(
        "the database {path} has damage in {where}: {detail}",
        "Cancel and delete that job, or restore a copy: vq db restore lists them.",
    ),
    **QUEUE_TEXTS,
} | COMFY_TEXTS
