// What the server answers and takes, written from docs/openapi.json by scripts/api_types.py.

declare namespace Api {
  type Action = { "enabled": boolean; "name": string; "reason": string };
  type ActionFilter = { "archived": boolean; "batch": number | null; "cause": string | null; "created_before": string | null; "q": string | null; "section": "needs" | "now" | "next" | "ended" | null; "since": string | null; "state": JobState | Array<JobState> | null; "tag": string | null; "up_to": number | null; "without": Array<number>; "words": string | null; "workflow": string | null };
  type Artifact = { "bytes": number; "duration": number | null; "fps": number | null; "frames": number | null; "height": number | null; "id": number; "job_id": number; "kind": "video" | "image" | "audio" | "text" | "other"; "name": string; "path": string; "phase": string; "prompt_id": number; "role": "output" | "intermediate"; "sha256": string | null; "width": number | null };
  type Batch = { "created_at": string; "id": number; "jobs": Array<Job>; "name": string; "reused": boolean; "submitted_by": string; "warnings": Array<Problem> };
  type BatchAction = { "action": "cancel" | "retry" | "hold" | "release" | "archive" | "unarchive" | "delete"; "after": number | null; "before": number | null; "cause": string | null; "decisions": Array<Decision_Input> | null; "failed_only": boolean; "from_phase": string | null; "items": Array<number> | null; "keep_work": boolean; "new_seed": boolean; "note": string | null; "outputs": boolean; "params": Record<string, any>; "reason": string | null; "result": Record<string, any> | null; "seeds": number | string | Array<number | string> | null; "to": "top" | "bottom" | number | null };
  type BatchItem = { "after": Array<number | string>; "dedupe": boolean; "flip": boolean; "front": boolean; "glob": string | null; "held": boolean; "idempotency_key": string | null; "if_exists": "version" | "skip"; "input_dir": string | null; "inputs": Array<string | Record<string, string | Array<string>>> | Record<string, string | Array<string>>; "key": string | null; "limit": number | null; "name": string; "not_before": string | null; "note": string; "output_dir": string | null; "params": Record<string, any>; "priority": number; "recursive": boolean; "resolution": string | null; "reuse": boolean; "review": boolean; "rows": Array<Record<string, any>>; "run_order": "by_phase" | "by_prompt" | null; "seeds": number | string | Array<number | string> | null; "sweep": Record<string, Array<any>>; "tags": Array<string>; "workflow": string };
  type CaptionStyle = { "bold": boolean; "box": boolean; "box_colour": string; "box_opacity": number; "colour": string; "font": string; "italic": boolean; "karaoke": boolean; "karaoke_colour": string; "margin": number; "outline": number; "outline_colour": string; "position": "bottom" | "middle" | "top"; "shadow": number; "size": number; "uppercase": boolean };
  type Cause = { "code": string; "examples": Array<string>; "hint": string; "ids": Array<string>; "message": string; "prompts": number };
  type Cell = { "id": number; "mark": string | null; "poster": number | string | null; "rating": number | null; "state": PromptState };
  type ChainJob = { "after": Array<number>; "held_reason": HeldReason | null; "id": number; "name": string; "state": JobState; "workflow": string };
  type Check = { "fix": string; "message": string; "name": string; "state": "ok" | "warn" | "fail" };
  type Choices = { "items": Array<string>; "models"?: Array<ModelFile>; "next_cursor"?: string | null; "stale"?: boolean };
  type CleanBody = { "days": number | null; "dry_run": boolean; "kinds": Array<LeftoverKind> };
  type Cleaning = { "bytes": number; "dry_run": boolean; "items": Array<Leftover>; "next_cursor": string | null };
  type ComfyAction = { "action": "free" | "restart" | "start" | "stop" | "refresh" | "drain" | "pause" | "resume"; "instance": string | null };
  type ComfyInfo = { "actions": Array<Action>; "device": string | null; "instance": string; "instances": Array<ComfyInfo>; "paused": "drain" | "pause" | null; "process": ComfyProcess | null; "simulated": boolean; "state": "connected" | "away" | "unknown"; "url": string | null; "version": string | null; "vram_total": number | null };
  type ComfyProcess = { "adopted": boolean; "log": Array<string>; "message": string; "pid": number | null; "since": string | null; "state": ProcessState };
  type Comparison = { "a": string; "b": string; "differences": Array<Difference>; "same": boolean };
  type Countdown = { "action": string; "ends_at": string };
  type Counts = { "cancelled": number; "failed": number; "queued": number; "review": number; "running": number; "succeeded": number };
  type DamagedOutput = { "kind": "missing" | "damaged" | "unreadable"; "manifest": string; "message": string; "path": string };
  type Decision_Input = { "at_frame": number | null; "do": "approve" | "reject" | "split" | "merge"; "item": number; "with": Record<string, any> | number | Array<number> | null };
  type Decision_Output = { "job_id": number; "name": string; "prompts": number; "reason": string };
  type Difference = { "a": any; "b": any; "name": string; "subject": "workflow" | "parameter" | "input" | "resolution" | "model" };
  type Disk = { "free": number | null; "path": string; "total": number | null };
  type DiskNeed = { "free": number | null; "kept_free": number; "needed": number; "path": string };
  type Entry = { "bytes": number | null; "kind": "folder" | "video" | "image" | "audio" | "other"; "mtime": string; "name": string; "path": string };
  type ErrorBody = { "error": ErrorDetail };
  type ErrorCode = "validation" | "unknown_workflow" | "unknown_job" | "not_found" | "invalid_state" | "input_missing" | "input_unreadable" | "path_not_allowed" | "comfy_unreachable" | "comfy_rejected" | "comfy_execution" | "comfy_lost" | "out_of_memory" | "timeout" | "stalled" | "no_output" | "bad_output" | "media_failed" | "disk_full" | "output_unavailable" | "poison" | "cancelled" | "forbidden_origin" | "unauthorized" | "too_large" | "server_unreachable" | "locked" | "internal";
  type ErrorDetail = { "code": ErrorCode; "details": Record<string, any>; "hint": string; "message": string };
  type ErrorInfo = { "code": string; "details": Record<string, any>; "hint": string; "message": string; "node_class": string | null; "node_id": string | null; "phase": string | null };
  type Event = { "at": string; "data": Record<string, any>; "id": number | null; "job_id": number | null; "prompt_id": number | null; "type": string };
  type Exported = { "bytes": number; "file_bytes": number; "files": number; "id": string; "jobs": Array<number>; "path": string; "prompts": number; "styles": Array<string>; "then": "nothing" | "hold" | "cancel"; "warnings": Array<Problem> };
  type FailureCause = { "code": string; "jobs": number; "message": string; "prompts": number };
  type FileState = "waiting" | "taken" | "ignored" | "failed" | "gone";
  type FinishedJob = { "counts": Counts; "finished_at": string; "id": number; "model_loads_saved": number; "name": string; "state": JobState; "workflow": string };
  type FolderListing = { "items": Array<Entry>; "next_cursor": string | null; "parent": string | null; "path": string; "roots": Array<string> };
  type FrameRun = { "first": number; "frames": number };
  type FutureMatrix = { "blocks": Array<string>; "cells": Array<[number, number, number, number]>; "columns": Array<number | string | null>; "complete": boolean; "inputs": Array<string | null>; "rows": Array<Record<string, any>>; "varied": Array<string> };
  type Gap = { "end": string; "reason": string; "start": string };
  type GivenUpFile = { "file": string; "folder": string; "reason": string; "watch": number };
  type Gpu = { "name": string; "vram_total": number | null };
  type HeldReason = "user" | "pilot" | "breaker" | "dependency";
  type ImportOptions = { "dry_run": boolean; "held": boolean; "maps": Record<string, string>; "output_dir": string | null; "path": string };
  type Imported = { "dry_run": boolean; "exported_at": string; "file_bytes": number; "files": number; "id": string; "jobs": Array<ImportedJob>; "missing": Array<string>; "problems": Array<Problem>; "styles": Array<string>; "warnings": Array<Problem> };
  type ImportedJob = { "held": boolean; "id": number | null; "name": string; "number": number; "prompts": number; "reused": boolean; "workflow": string };
  type ImportedWorkflow = { "definition": Record<string, any>; "graphs": Record<string, Record<string, any>>; "name": string; "problems": Array<Problem>; "saved": string | null; "sha256": string; "source": string; "touches": Touched; "warnings": Array<Problem>; "yaml": string };
  type InputKind = "video" | "image" | "audio" | "media" | "sequence" | "none";
  type InputSpec = { "kind": InputKind; "per_prompt": number | "all" };
  type Job = { "actions": Array<Action>; "archived": boolean; "batch": number | null; "cells": Array<Cell>; "chain": Array<ChainJob>; "counts": Counts; "created_at": string; "error": ErrorInfo | null; "eta_range": [number, number] | null; "eta_seconds": number | null; "finished_at": string | null; "held": boolean; "held_prompts": number; "held_reason": HeldReason | null; "id": number; "kept_outputs": Array<KeptOutput>; "model_loads_saved": number; "name": string; "note": string; "output_dir": string; "parent_id": number | null; "position": number; "poster": number | string | null; "priority": number; "progress": number; "rating": number | null; "reused": boolean; "run_order": "by_phase" | "by_prompt"; "started_at": string | null; "state": JobState; "submission": Record<string, any>; "submitted_by": string; "tags": Array<string>; "workflow": string; "workflow_hash": string };
  type JobAction = { "action": "cancel" | "retry" | "rerun" | "hold" | "release" | "move" | "delete" | "archive" | "unarchive"; "after": number | null; "before": number | null; "cause": string | null; "decisions": Array<Decision_Input> | null; "failed_only": boolean; "from_phase": string | null; "items": Array<number> | null; "keep_work": boolean; "new_seed": boolean; "note": string | null; "outputs": boolean; "params": Record<string, any>; "reason": string | null; "result": Record<string, any> | null; "seeds": number | string | Array<number | string> | null; "to": "top" | "bottom" | number | null };
  type JobChanges = { "name": string; "note": string; "params": Record<string, any>; "priority": number; "rating": number | null; "tags": Array<string> };
  type JobOutput = { "bytes": number; "duration": number | null; "fps": number | null; "frames": number | null; "height": number | null; "id": number; "job_id": number; "kind": "video" | "image" | "audio" | "text" | "other"; "name": string; "path": string; "phase": string; "prompt_id": number; "role": "output" | "intermediate"; "run": number | null; "sha256": string | null; "width": number | null };
  type JobPage = { "counts": Record<string, number>; "items": Array<Job>; "next_cursor": string | null };
  type JobPreview = { "estimate": Record<string, number | null>; "matrix": FutureMatrix | null; "problems": Array<Problem>; "prompts": number; "sample": Array<Record<string, any>>; "warnings": Array<Problem> };
  type JobState = "queued" | "running" | "review" | "partial" | "succeeded" | "failed" | "cancelled";
  type KeptOutput = { "path": string; "reason": string };
  type Lane = "gpu" | "media";
  type LaneState = "running" | "waiting";
  type LaneView = { "detail": Record<string, any> | null; "instance": string; "name": string; "paused": "drain" | "pause" | null; "reason": string | null; "running": Array<number>; "state": LaneState };
  type Leftover = { "bytes": number; "kind": LeftoverKind; "path": string; "reason": string };
  type LeftoverKind = "work" | "logs" | "thumbnails" | "proxies" | "uploads" | "backups" | "history";
  type LocateBody = { "files": Array<SoughtFile> };
  type LocatedFile = { "path": string | null };
  type LocatedFiles = { "complete": boolean; "files": Array<LocatedFile> };
  type ManyAction = { "action": "approve" | "archive" | "cancel" | "delete" | "hold" | "move" | "reject" | "release" | "rerun" | "retry" | "review" | "skip" | "unarchive"; "after": number | null; "before": number | null; "cause": string | null; "decisions": Array<Decision_Input> | null; "failed_only": boolean; "filter": ActionFilter | null; "from_phase": string | null; "ids": Array<string> | null; "items": Array<number> | null; "keep_work": boolean; "new_seed": boolean; "note": string | null; "outputs": boolean; "params": Record<string, any>; "reason": string | null; "result": Record<string, any> | null; "seeds": number | string | Array<number | string> | null; "to": "top" | "bottom" | number | null };
  type ManyDone = { "done": number; "kept_outputs": Array<KeptOutput>; "refused": Array<Refused>; "undo": number | null };
  type Matrix = { "blocks": Array<string>; "cells": Array<[number, number, number, number, PromptState, number | null, number | null, boolean]>; "columns": Array<number | string | null>; "complete": boolean; "inputs": Array<string | null>; "job_id": number; "name": string; "rows": Array<Record<string, any>>; "varied": Array<string>; "workflow": string };
  type ModelFile = { "base_model": string; "bytes": number | null; "folder": string; "has_preview": boolean; "title": string; "trigger_words": Array<string>; "value": string };
  type NamedStyle = { "name": string; "own": boolean; "problem": string | null; "style": CaptionStyle | null };
  type NewBatch = { "idempotency_key": string | null; "name": string; "submissions": Array<BatchItem> };
  type NewOutputs = { "artifacts": Array<number>; "files": number; "finished_at": string; "job_id": number; "name": string; "seen": boolean; "workflow": string };
  type NewWatch = { "after": "leave" | "move"; "done_dir": string | null; "exclude": Array<string>; "existing": "skip" | "take" | null; "failed_dir": string | null; "hours": string | null; "include": Array<string>; "max_new": number | null; "path": string; "poll": boolean | null; "recursive": boolean; "settle_seconds": number | null; "submission": Submission; "unit": WatchUnit };
  type Notification = { "at": string; "id": number; "job_id": number | null; "kind": NotificationKind; "prompt_id": number | null; "read": boolean; "text": string; "title": string; "undelivered": Array<Undelivered> };
  type NotificationKind = "queue.finished" | "job.finished" | "job.failed" | "job.held" | "prompt.review" | "watch.stuck" | "watch.file_failed" | "disk.full" | "comfy.stuck";
  type NotificationPage = { "items": Array<Notification>; "next_cursor": string | null; "unread": number };
  type Obstacle = { "hint": string; "id": number | null; "kind": "paused" | "schedule" | "lane" | "held" | "review" | "refused" | "watch" | "disk"; "prompts": number | null; "text": string };
  type OnOom = { "set": Record<string, any> };
  type OptionsFeed = { "actions": Record<string, Array<string>>; "encoders": Array<string>; "lanes": Array<string>; "presets": Array<string>; "sources": Array<string>; "workflows": Array<string> };
  type Output = { "name": string; "phase": string | Array<string> };
  type OutputView = { "artifact": Artifact; "before": boolean; "next": number | null; "playable": boolean; "previous": number | null; "render": string; "run": FrameRun | null };
  type Page_Check = { "items": Array<Check>; "next_cursor": string | null };
  type Page_Event = { "items": Array<Event>; "next_cursor": string | null };
  type Page_FailureCause = { "items": Array<FailureCause>; "next_cursor": string | null };
  type Page_JobOutput = { "items": Array<JobOutput>; "next_cursor": string | null };
  type Page_NamedStyle = { "items": Array<NamedStyle>; "next_cursor": string | null };
  type Page_Preset = { "items": Array<Preset>; "next_cursor": string | null };
  type Page_Prompt = { "items": Array<Prompt>; "next_cursor": string | null };
  type Page_SharedPreset = { "items": Array<SharedPreset>; "next_cursor": string | null };
  type Page_WatchFile = { "items": Array<WatchFile>; "next_cursor": string | null };
  type Page_Watch = { "items": Array<Watch>; "next_cursor": string | null };
  type Page_WorkflowInfo = { "items": Array<WorkflowInfo>; "next_cursor": string | null };
  type Pairing = { "link": string; "qr": string; "url": string };
  type Parameter = { "default": any; "max": number | null; "min": number | null; "options": Array<string | number> | null; "options_source": string | null; "pattern": string | null; "required": boolean | null; "step": number | null; "sweepable": boolean; "title": string | null; "type": ParameterType; "ui": Ui };
  type ParameterType = "text" | "int" | "float" | "bool" | "choice" | "multichoice" | "seed" | "size" | "file" | "folder" | "color";
  type ParamsEdited = { "changed": number; "refused": Array<Refused> };
  type Peaks = { "peaks": string; "step": number };
  type Phase = { "files": Record<string, any>; "for_each": string | null; "graph": string | null; "name": string; "on_oom": OnOom | null; "optional": boolean; "retries": number | null; "reuse": boolean; "set": Record<string, any>; "stall": number | null; "timeout": number | null; "uses": string; "when": string | null; "with": Record<string, any> };
  type PhaseState = "pending" | "running" | "harvesting" | "succeeded" | "skipped" | "reused" | "failed" | "cancelled" | "review";
  type PhaseView = { "eta_range": [number, number] | null; "eta_seconds": number | null; "finished_at": string | null; "items": Record<string, number> | null; "name": string; "progress": number; "result": Record<string, any> | null; "reused_from": string | null; "share": number; "started_at": string | null; "state": PhaseState; "uses": string };
  type Preset = { "flip": boolean; "held": boolean; "if_exists": "version" | "skip" | null; "left_out": Array<string>; "limit": number | null; "name": string; "not_before": string | null; "note": string | null; "output_dir": string | null; "params": Record<string, any>; "priority": number | null; "resolution": string | null; "reuse": boolean | null; "review": boolean; "run_order": "by_phase" | "by_prompt" | null; "seeds": number | string | Array<number | string> | null; "shared": boolean; "sweep": Record<string, Array<any>>; "tags": Array<string>; "workflow": string };
  type PresetValues = { "flip": boolean; "held": boolean; "if_exists": "version" | "skip" | null; "limit": number | null; "not_before": string | null; "note": string | null; "output_dir": string | null; "params": Record<string, any>; "priority": number | null; "resolution": string | null; "reuse": boolean | null; "review": boolean; "run_order": "by_phase" | "by_prompt" | null; "seeds": number | string | Array<number | string> | null; "sweep": Record<string, Array<any>>; "tags": Array<string> };
  type Problem = { "code": string; "loc": Array<string | number>; "message": string };
  type ProcessState = "off" | "starting" | "running" | "backoff" | "stopped" | "idle" | "failed" | "external";
  type Prompt = { "actions": Array<Action>; "artifacts": Array<Artifact>; "attempt": number; "created_at": string; "error": ErrorInfo | null; "eta_range": [number, number] | null; "eta_seconds": number | null; "finished_at": string | null; "held": boolean; "held_reason": HeldReason | null; "id": number; "index": number; "input": string | null; "inputs": Array<any>; "job_id": number; "message": string | null; "not_before": string | null; "note": string; "params": Record<string, any>; "phase": string | null; "phases": Array<PhaseView>; "progress": number; "rating": number | null; "seed": number | string | null; "skipped": boolean; "started_at": string | null; "state": PromptState; "tags": Array<string>; "waiting_for": WaitingFor | null };
  type PromptAction = { "action": "cancel" | "retry" | "hold" | "release" | "skip" | "approve" | "reject" | "review"; "after": number | null; "before": number | null; "cause": string | null; "decisions": Array<Decision_Input> | null; "failed_only": boolean; "from_phase": string | null; "items": Array<number> | null; "keep_work": boolean; "new_seed": boolean; "note": string | null; "outputs": boolean; "params": Record<string, any>; "reason": string | null; "result": Record<string, any> | null; "seeds": number | string | Array<number | string> | null; "to": "top" | "bottom" | number | null };
  type PromptChanges = { "note": string; "params": Record<string, any>; "rating": number | null; "tags": Array<string> };
  type PromptState = "queued" | "running" | "review" | "succeeded" | "failed" | "cancelled";
  type Proxy = { "message": string; "progress": number; "state": "original" | "waiting" | "making" | "ready" | "failed"; "url": string | null };
  type QueueAction = { "action": "pause" | "resume"; "free_memory": boolean; "mode": "after_current" | "now"; "schedule": string | null; "until": string | null };
  type QueueExport = { "filter": ActionFilter | null; "ids": Array<number> | null; "path": string | null; "then": "nothing" | "hold" | "cancel"; "with_inputs": boolean };
  type QueueState = "running" | "pausing" | "paused";
  type QueueView = { "countdown": Countdown | null; "counts": Counts; "eta_range": [number, number] | null; "eta_seconds": number | null; "lanes": Array<LaneView>; "model_loads_saved": number; "reason": string | null; "running": Array<Prompt>; "schedule": string | null; "state": QueueState; "until": string | null };
  type Read = { "read": boolean };
  type ReadUpTo = { "upto": number };
  type Refused = { "code": string; "id": string; "message": string };
  type Renders = { "cancelled": number; "failed": number; "skipped": number; "succeeded": number };
  type ReplayBody = { "held": boolean; "id": string | null; "inputs": Array<string>; "output_dir": string | null; "path": string | null; "reuse": boolean };
  type Report = { "decisions": Array<Decision_Output>; "failures": Array<Cause>; "given_up": Array<GivenUpFile>; "gpu_seconds": number; "jobs": Array<FinishedJob>; "media_seconds": number; "new_outputs": Array<NewOutputs>; "outputs": Array<Artifact>; "renders": Renders; "since": string; "tracks": Array<Track>; "until": string; "waiting": number };
  type RestoreBody = { "bytes": number | null; "id": string | null; "name": string | null; "path": string | null; "text": string | null };
  type Restored = { "submission": Record<string, any>; "warnings": Array<Problem> };
  type RevealBody = { "artifact_id": number | null; "path": string | null };
  type Revealed = { "path": string };
  type ReviewEntry = { "decision": Record<string, any> | null; "file": ReviewFile | null; "item": any };
  type ReviewFile = { "duration": number | null; "fps": number | null; "frames": number | null; "height": number | null; "key": string; "kind": "video" | "image" | "audio"; "name": string; "playable": boolean; "sound": boolean; "url": string; "width": number | null };
  type ReviewView = { "between": Array<string>; "cut": boolean; "entries": Array<ReviewEntry>; "index": number; "job_id": number; "next": number | null; "of": "files" | "scenes" | "spans" | "texts" | "values"; "phase": string; "problem": string | null; "prompt_id": number; "source": ReviewFile | null; "waiting": number };
  type ScrubSheet = { "columns": number; "count": number; "frames": Array<number>; "height": number; "url": string; "width": number };
  type SeenJobs = { "jobs": Array<number> };
  type Setting = { "choices": Array<string>; "default": any; "guarded": boolean; "help": string; "key": string; "kind": "text" | "number" | "switch" | "choice" | "list"; "origin": string; "value": any };
  type SettingsList = { "items": Array<Setting>; "next_cursor": string | null; "restart_needed": boolean };
  type SharedPreset = { "flip": boolean; "held": boolean; "if_exists": "version" | "skip" | null; "limit": number | null; "name": string; "not_before": string | null; "note": string | null; "output_dir": string | null; "params": Record<string, any>; "priority": number | null; "resolution": string | null; "reuse": boolean | null; "review": boolean; "run_order": "by_phase" | "by_prompt" | null; "seeds": number | string | Array<number | string> | null; "sweep": Record<string, Array<any>>; "tags": Array<string> };
  type Sheet = { "cells": Array<Cell>; "first": number; "total": number };
  type Shrunk = { "freed": number };
  type SoughtFile = { "bytes": number; "name": string; "sample": string; "within": string };
  type Stretch = { "end": string; "failed": number; "renders": number; "start": string };
  type Submission = { "after": Array<number>; "dedupe": boolean; "flip": boolean; "front": boolean; "glob": string | null; "held": boolean; "idempotency_key": string | null; "if_exists": "version" | "skip"; "input_dir": string | null; "inputs": Array<string | Record<string, string | Array<string>>> | Record<string, string | Array<string>>; "limit": number | null; "name": string; "not_before": string | null; "note": string; "output_dir": string | null; "params": Record<string, any>; "priority": number; "recursive": boolean; "resolution": string | null; "reuse": boolean; "review": boolean; "rows": Array<Record<string, any>>; "run_order": "by_phase" | "by_prompt" | null; "seeds": number | string | Array<number | string> | null; "sweep": Record<string, Array<any>>; "tags": Array<string>; "workflow": string };
  type SubmittedJob = { "actions": Array<Action>; "archived": boolean; "batch": number | null; "cells": Array<Cell>; "chain": Array<ChainJob>; "counts": Counts; "created_at": string; "error": ErrorInfo | null; "eta_range": [number, number] | null; "eta_seconds": number | null; "finished_at": string | null; "held": boolean; "held_prompts": number; "held_reason": HeldReason | null; "id": number; "kept_outputs": Array<KeptOutput>; "model_loads_saved": number; "name": string; "note": string; "output_dir": string; "parent_id": number | null; "position": number; "poster": number | string | null; "priority": number; "progress": number; "rating": number | null; "reused": boolean; "run_order": "by_phase" | "by_prompt"; "started_at": string | null; "state": JobState; "submission": Record<string, any>; "submitted_by": string; "tags": Array<string>; "warnings": Array<Problem>; "workflow": string; "workflow_hash": string };
  type SystemInfo = { "comfy": ComfyInfo; "disks": Array<Disk>; "gpu": Gpu | null; "home": string; "output_root": string; "pid": number; "platform": string; "reachable": boolean; "version": string; "versions": Record<string, string>; "work_root": string };
  type TestDeliveries = { "items": Array<TestDelivery>; "next_cursor": string | null };
  type TestDelivery = { "channel": string; "error": string | null };
  type Tonight = { "disks": Array<DiskNeed>; "done_at": string | null; "models": "unused" | "present" | "missing" | "unknown"; "now": string; "obstacles": Array<Obstacle>; "schedule": string | null; "seconds": [number, number, number] | null; "unknown_sizes": number; "waiting": number; "when_done": WhenAllDone };
  type Touched = { "addresses": Array<string>; "models": Array<string>; "nodes": Array<string>; "programs": Array<string>; "reads": Array<string>; "writes": Array<string> };
  type Track = { "gaps": Array<Gap>; "lane": Lane; "stretches": Array<Stretch> };
  type Ui = { "advanced": boolean; "group": string | null; "help": string | null; "multiline": boolean; "order": number | null; "placeholder": string | null; "unit": string | null; "visible_if": Record<string, any> | null; "widget": Widget | null };
  type Undelivered = { "channel": string; "error": string | null; "state": string };
  type Undo = { "id": number | null };
  type Upload = { "bytes": number; "path": string };
  type Verification = { "cursor": string | null; "files": number; "intact": number; "manifests": number; "problems": Array<DamagedOutput>; "total": number };
  type VerifyBody = { "cursor": string | null; "id": string | null; "path": string | null; "seconds": number | null };
  type Visit = { "away_since": string | null; "ended": number };
  type WaitingFor = { "reason": string; "since": string };
  type Watch = { "after": "leave" | "move"; "counts": Record<string, number>; "created_at": string; "done_dir": string | null; "enabled": boolean; "exclude": Array<string>; "existing": "skip" | "take"; "failed_dir": string | null; "hours": string | null; "id": number; "include": Array<string>; "max_new": number | null; "path": string; "poll": boolean | null; "reason": string | null; "recursive": boolean; "scanned_at": string | null; "settle_seconds": number; "state": WatchState; "submission": Record<string, any>; "totals": WatchTotals; "unit": WatchUnit };
  type WatchAction = { "action": "pause" | "resume" | "scan" };
  type WatchChanges = { "after": "leave" | "move"; "done_dir": string | null; "exclude": Array<string>; "failed_dir": string | null; "hours": string | null; "include": Array<string>; "max_new": number | null; "poll": boolean | null; "recursive": boolean; "settle_seconds": number | null; "submission": Submission | null; "unit": WatchUnit };
  type WatchFile = { "at": string; "job_id": number | null; "mtime": string; "next": string | null; "path": string; "reason": string; "rule": string; "since": string; "size": number; "state": FileState };
  type WatchState = "watching" | "paused" | "quiet" | "away" | "failing";
  type WatchTotals = { "done": number; "failed": number; "waiting": number; "working": number };
  type WatchUnit = "file" | "sequence" | "folder";
  type WhenAllDone = { "action": string; "awake": boolean; "channels": Array<string>; "seconds": number };
  type Why = { "change": string; "job_id": number | null; "next": string | null; "path": string; "reason": string; "rule": string; "since": string | null; "state": FileState | null; "watch": number | null };
  type Widget = "text" | "textarea" | "number" | "slider" | "checkbox" | "select" | "combobox" | "multiselect" | "seed" | "resolution" | "file" | "folder" | "color" | "hidden";
  type WorkflowDefinition = { "description": string; "inputs": InputSpec | Record<string, InputSpec>; "name": string; "output": Output; "parameters": Record<string, Parameter>; "phases": Array<Phase>; "resolutions": Array<string>; "title": string };
  type WorkflowInfo = { "definition": WorkflowDefinition | null; "description": string; "name": string; "problems": Array<Problem>; "shipped": boolean; "source": string; "title": string; "warnings": Array<Problem> };
  type Answer<R extends string> =
    R extends `POST /actions` ? ManyDone :
    R extends `GET /artifacts/${string}/before` ? void :
    R extends `GET /artifacts/${string}/picture` ? void :
    R extends `GET /artifacts/${string}/preview` ? void :
    R extends `GET /artifacts/${string}/proxy` ? Proxy :
    R extends `GET /artifacts/${string}/scrub` ? ScrubSheet :
    R extends `GET /artifacts/${string}/scrub.webp` ? void :
    R extends `GET /artifacts/${string}/thumbnail` ? void :
    R extends `GET /artifacts/${string}/view` ? OutputView :
    R extends `GET /artifacts/${string}` ? void :
    R extends `POST /batches/${string}/actions` ? ManyDone :
    R extends `GET /batches/${string}` ? Batch :
    R extends `POST /batches` ? Batch :
    R extends `DELETE /caption-styles/${string}` ? void :
    R extends `GET /caption-styles/${string}` ? NamedStyle :
    R extends `PUT /caption-styles/${string}` ? NamedStyle :
    R extends `GET /caption-styles` ? Page_NamedStyle :
    R extends `POST /clean` ? Cleaning :
    R extends `POST /comfy/actions` ? ComfyInfo :
    R extends `GET /comfy` ? ComfyInfo :
    R extends `GET /diff` ? Comparison :
    R extends `GET /doctor/bundle` ? void :
    R extends `GET /doctor` ? Page_Check :
    R extends `GET /events` ? void :
    R extends `POST /files/locate` ? LocatedFiles :
    R extends `GET /files/thumbnail` ? void :
    R extends `GET /files` ? FolderListing :
    R extends `GET /jobs/causes` ? Page_FailureCause :
    R extends `POST /jobs/preview` ? JobPreview :
    R extends `POST /jobs/${string}/actions` ? Job :
    R extends `GET /jobs/${string}/events` ? Page_Event :
    R extends `GET /jobs/${string}/log` ? void :
    R extends `GET /jobs/${string}/matrix` ? Matrix :
    R extends `GET /jobs/${string}/outputs` ? Page_JobOutput :
    R extends `GET /jobs/${string}/outputs.zip` ? void :
    R extends `GET /jobs/${string}/prompts` ? Page_Prompt :
    R extends `GET /jobs/${string}/sheet` ? Sheet :
    R extends `GET /jobs/${string}` ? Job :
    R extends `PATCH /jobs/${string}` ? Job | ParamsEdited :
    R extends `GET /jobs` ? JobPage :
    R extends `POST /jobs` ? SubmittedJob | Job :
    R extends `POST /notifications/test` ? TestDeliveries :
    R extends `PATCH /notifications/${string}` ? Notification :
    R extends `GET /notifications` ? NotificationPage :
    R extends `PATCH /notifications` ? NotificationPage :
    R extends `GET /options/${string}/preview` ? void :
    R extends `GET /options/${string}` ? Choices :
    R extends `GET /options` ? OptionsFeed :
    R extends `DELETE /presets/${string}` ? void :
    R extends `PUT /presets/${string}` ? SharedPreset :
    R extends `GET /presets` ? Page_SharedPreset :
    R extends `POST /prompts/${string}/actions` ? Prompt :
    R extends `GET /prompts/${string}/log` ? void :
    R extends `GET /prompts/${string}/review/${string}/file` ? void :
    R extends `GET /prompts/${string}/review/${string}/peaks` ? Peaks :
    R extends `GET /prompts/${string}/review/${string}/picture` ? void :
    R extends `GET /prompts/${string}/review/${string}/proxy` ? Proxy :
    R extends `GET /prompts/${string}/review` ? ReviewView :
    R extends `GET /prompts/${string}` ? Prompt :
    R extends `PATCH /prompts/${string}` ? Prompt | ParamsEdited :
    R extends `POST /queue/actions` ? QueueView :
    R extends `POST /queue/export` ? Exported :
    R extends `GET /queue/exports/${string}` ? void :
    R extends `POST /queue/import` ? Imported :
    R extends `GET /queue` ? QueueView :
    R extends `POST /replay` ? SubmittedJob :
    R extends `POST /report/seen` ? void :
    R extends `POST /report/visit` ? Visit :
    R extends `GET /report` ? Report :
    R extends `GET /report.html` ? void :
    R extends `POST /restore` ? Restored :
    R extends `POST /reveal` ? Revealed :
    R extends `GET /settings` ? SettingsList :
    R extends `PATCH /settings` ? SettingsList :
    R extends `GET /stats` ? Record<string, any> :
    R extends `GET /system/health` ? Record<string, string> :
    R extends `GET /system/pairing` ? Pairing :
    R extends `GET /system` ? SystemInfo :
    R extends `GET /tonight` ? Tonight :
    R extends `POST /undo` ? ManyDone :
    R extends `POST /uploads` ? Upload :
    R extends `POST /vacuum` ? Shrunk :
    R extends `POST /verify` ? Verification :
    R extends `GET /watches/why` ? Why :
    R extends `POST /watches/${string}/actions` ? Watch :
    R extends `GET /watches/${string}/files` ? Page_WatchFile :
    R extends `DELETE /watches/${string}` ? void :
    R extends `GET /watches/${string}` ? Watch :
    R extends `PATCH /watches/${string}` ? Watch :
    R extends `GET /watches` ? Page_Watch :
    R extends `POST /watches` ? Watch :
    R extends `POST /workflows/import` ? ImportedWorkflow :
    R extends `DELETE /workflows/${string}/presets/${string}` ? void :
    R extends `GET /workflows/${string}/presets/${string}` ? Preset :
    R extends `PUT /workflows/${string}/presets/${string}` ? Preset :
    R extends `GET /workflows/${string}/presets` ? Page_Preset :
    R extends `GET /workflows/${string}/schema` ? Record<string, any> :
    R extends `GET /workflows/${string}` ? Record<string, any> :
    R extends `GET /workflows` ? Page_WorkflowInfo :
    never;
  type Query<R extends string> =
    R extends `POST /actions` ? undefined :
    R extends `GET /artifacts/${string}/before` ? { "frame"?: number | undefined } :
    R extends `GET /artifacts/${string}/picture` ? { "frame"?: number | undefined } :
    R extends `GET /artifacts/${string}/preview` ? undefined :
    R extends `GET /artifacts/${string}/proxy` ? undefined :
    R extends `GET /artifacts/${string}/scrub` ? undefined :
    R extends `GET /artifacts/${string}/scrub.webp` ? undefined :
    R extends `GET /artifacts/${string}/thumbnail` ? { "blank"?: boolean | undefined } :
    R extends `GET /artifacts/${string}/view` ? undefined :
    R extends `GET /artifacts/${string}` ? { "download"?: boolean | undefined } :
    R extends `POST /batches/${string}/actions` ? undefined :
    R extends `GET /batches/${string}` ? undefined :
    R extends `POST /batches` ? undefined :
    R extends `DELETE /caption-styles/${string}` ? undefined :
    R extends `GET /caption-styles/${string}` ? undefined :
    R extends `PUT /caption-styles/${string}` ? undefined :
    R extends `GET /caption-styles` ? undefined :
    R extends `POST /clean` ? undefined :
    R extends `POST /comfy/actions` ? undefined :
    R extends `GET /comfy` ? undefined :
    R extends `GET /diff` ? { "a"?: string | undefined; "b"?: string | undefined } :
    R extends `GET /doctor/bundle` ? undefined :
    R extends `GET /doctor` ? undefined :
    R extends `GET /events` ? { "after"?: number | null | undefined } :
    R extends `POST /files/locate` ? undefined :
    R extends `GET /files/thumbnail` ? { "blank"?: boolean | undefined; "path"?: string | undefined } :
    R extends `GET /files` ? { "cursor"?: string | null | undefined; "limit"?: number | undefined; "path"?: string | null | undefined; "q"?: string | null | undefined } :
    R extends `GET /jobs/causes` ? { "archived"?: boolean | undefined; "words"?: string | null | undefined; "workflow"?: string | null | undefined } :
    R extends `POST /jobs/preview` ? { "matrix"?: boolean | undefined } :
    R extends `POST /jobs/${string}/actions` ? undefined :
    R extends `GET /jobs/${string}/events` ? { "after"?: number | undefined; "limit"?: number | undefined } :
    R extends `GET /jobs/${string}/log` ? undefined :
    R extends `GET /jobs/${string}/matrix` ? undefined :
    R extends `GET /jobs/${string}/outputs` ? { "cursor"?: string | null | undefined; "limit"?: number | undefined; "runs"?: boolean | undefined } :
    R extends `GET /jobs/${string}/outputs.zip` ? undefined :
    R extends `GET /jobs/${string}/prompts` ? { "brief"?: boolean | undefined; "cursor"?: string | null | undefined; "limit"?: number | undefined; "state"?: PromptState | null | undefined } :
    R extends `GET /jobs/${string}/sheet` ? { "from"?: number | undefined; "n"?: number | undefined } :
    R extends `GET /jobs/${string}` ? undefined :
    R extends `PATCH /jobs/${string}` ? undefined :
    R extends `GET /jobs` ? { "archived"?: boolean | undefined; "batch"?: number | null | undefined; "cause"?: string | null | undefined; "cursor"?: string | null | undefined; "limit"?: number | undefined; "q"?: string | null | undefined; "section"?: "needs" | "now" | "next" | "ended" | null | undefined; "since"?: string | null | undefined; "sort"?: "newest" | "queue" | "ended" | undefined; "state"?: Array<JobState> | null | undefined; "tag"?: string | null | undefined; "words"?: string | null | undefined; "workflow"?: string | null | undefined } :
    R extends `POST /jobs` ? undefined :
    R extends `POST /notifications/test` ? undefined :
    R extends `PATCH /notifications/${string}` ? undefined :
    R extends `GET /notifications` ? { "cursor"?: string | null | undefined; "limit"?: number | undefined; "unread"?: boolean | undefined } :
    R extends `PATCH /notifications` ? undefined :
    R extends `GET /options/${string}/preview` ? { "name"?: string | undefined } :
    R extends `GET /options/${string}` ? { "q"?: string | undefined } :
    R extends `GET /options` ? undefined :
    R extends `DELETE /presets/${string}` ? undefined :
    R extends `PUT /presets/${string}` ? undefined :
    R extends `GET /presets` ? undefined :
    R extends `POST /prompts/${string}/actions` ? undefined :
    R extends `GET /prompts/${string}/log` ? { "phase"?: string | null | undefined; "tail"?: number | null | undefined } :
    R extends `GET /prompts/${string}/review/${string}/file` ? undefined :
    R extends `GET /prompts/${string}/review/${string}/peaks` ? undefined :
    R extends `GET /prompts/${string}/review/${string}/picture` ? { "frame"?: number | undefined; "small"?: boolean | undefined } :
    R extends `GET /prompts/${string}/review/${string}/proxy` ? undefined :
    R extends `GET /prompts/${string}/review` ? undefined :
    R extends `GET /prompts/${string}` ? undefined :
    R extends `PATCH /prompts/${string}` ? undefined :
    R extends `POST /queue/actions` ? undefined :
    R extends `POST /queue/export` ? undefined :
    R extends `GET /queue/exports/${string}` ? undefined :
    R extends `POST /queue/import` ? undefined :
    R extends `GET /queue` ? undefined :
    R extends `POST /replay` ? undefined :
    R extends `POST /report/seen` ? undefined :
    R extends `POST /report/visit` ? undefined :
    R extends `GET /report` ? { "since"?: string | null | undefined; "until"?: string | null | undefined } :
    R extends `GET /report.html` ? { "since"?: string | null | undefined; "until"?: string | null | undefined } :
    R extends `POST /restore` ? undefined :
    R extends `POST /reveal` ? undefined :
    R extends `GET /settings` ? undefined :
    R extends `PATCH /settings` ? undefined :
    R extends `GET /stats` ? undefined :
    R extends `GET /system/health` ? undefined :
    R extends `GET /system/pairing` ? undefined :
    R extends `GET /system` ? undefined :
    R extends `GET /tonight` ? undefined :
    R extends `POST /undo` ? undefined :
    R extends `POST /uploads` ? undefined :
    R extends `POST /vacuum` ? undefined :
    R extends `POST /verify` ? undefined :
    R extends `GET /watches/why` ? { "path"?: string | undefined } :
    R extends `POST /watches/${string}/actions` ? undefined :
    R extends `GET /watches/${string}/files` ? { "cursor"?: string | null | undefined; "limit"?: number | undefined; "state"?: FileState | null | undefined } :
    R extends `DELETE /watches/${string}` ? undefined :
    R extends `GET /watches/${string}` ? undefined :
    R extends `PATCH /watches/${string}` ? undefined :
    R extends `GET /watches` ? undefined :
    R extends `POST /watches` ? undefined :
    R extends `POST /workflows/import` ? { "force"?: boolean | undefined; "save"?: string | null | undefined } :
    R extends `DELETE /workflows/${string}/presets/${string}` ? undefined :
    R extends `GET /workflows/${string}/presets/${string}` ? undefined :
    R extends `PUT /workflows/${string}/presets/${string}` ? undefined :
    R extends `GET /workflows/${string}/presets` ? undefined :
    R extends `GET /workflows/${string}/schema` ? undefined :
    R extends `GET /workflows/${string}` ? undefined :
    R extends `GET /workflows` ? undefined :
    never;
  type Body<R extends string> =
    R extends `POST /actions` ? Sent<ManyAction> :
    R extends `GET /artifacts/${string}/before` ? undefined :
    R extends `GET /artifacts/${string}/picture` ? undefined :
    R extends `GET /artifacts/${string}/preview` ? undefined :
    R extends `GET /artifacts/${string}/proxy` ? undefined :
    R extends `GET /artifacts/${string}/scrub` ? undefined :
    R extends `GET /artifacts/${string}/scrub.webp` ? undefined :
    R extends `GET /artifacts/${string}/thumbnail` ? undefined :
    R extends `GET /artifacts/${string}/view` ? undefined :
    R extends `GET /artifacts/${string}` ? undefined :
    R extends `POST /batches/${string}/actions` ? Sent<BatchAction> :
    R extends `GET /batches/${string}` ? undefined :
    R extends `POST /batches` ? Sent<NewBatch> :
    R extends `DELETE /caption-styles/${string}` ? undefined :
    R extends `GET /caption-styles/${string}` ? undefined :
    R extends `PUT /caption-styles/${string}` ? Sent<CaptionStyle> :
    R extends `GET /caption-styles` ? undefined :
    R extends `POST /clean` ? Sent<CleanBody> :
    R extends `POST /comfy/actions` ? Sent<ComfyAction> :
    R extends `GET /comfy` ? undefined :
    R extends `GET /diff` ? undefined :
    R extends `GET /doctor/bundle` ? undefined :
    R extends `GET /doctor` ? undefined :
    R extends `GET /events` ? undefined :
    R extends `POST /files/locate` ? Sent<LocateBody> :
    R extends `GET /files/thumbnail` ? undefined :
    R extends `GET /files` ? undefined :
    R extends `GET /jobs/causes` ? undefined :
    R extends `POST /jobs/preview` ? Sent<Submission> :
    R extends `POST /jobs/${string}/actions` ? Sent<JobAction> :
    R extends `GET /jobs/${string}/events` ? undefined :
    R extends `GET /jobs/${string}/log` ? undefined :
    R extends `GET /jobs/${string}/matrix` ? undefined :
    R extends `GET /jobs/${string}/outputs` ? undefined :
    R extends `GET /jobs/${string}/outputs.zip` ? undefined :
    R extends `GET /jobs/${string}/prompts` ? undefined :
    R extends `GET /jobs/${string}/sheet` ? undefined :
    R extends `GET /jobs/${string}` ? undefined :
    R extends `PATCH /jobs/${string}` ? Sent<JobChanges> :
    R extends `GET /jobs` ? undefined :
    R extends `POST /jobs` ? Sent<Submission> :
    R extends `POST /notifications/test` ? undefined :
    R extends `PATCH /notifications/${string}` ? Sent<Read> :
    R extends `GET /notifications` ? undefined :
    R extends `PATCH /notifications` ? Sent<ReadUpTo> :
    R extends `GET /options/${string}/preview` ? undefined :
    R extends `GET /options/${string}` ? undefined :
    R extends `GET /options` ? undefined :
    R extends `DELETE /presets/${string}` ? undefined :
    R extends `PUT /presets/${string}` ? Sent<PresetValues> :
    R extends `GET /presets` ? undefined :
    R extends `POST /prompts/${string}/actions` ? Sent<PromptAction> :
    R extends `GET /prompts/${string}/log` ? undefined :
    R extends `GET /prompts/${string}/review/${string}/file` ? undefined :
    R extends `GET /prompts/${string}/review/${string}/peaks` ? undefined :
    R extends `GET /prompts/${string}/review/${string}/picture` ? undefined :
    R extends `GET /prompts/${string}/review/${string}/proxy` ? undefined :
    R extends `GET /prompts/${string}/review` ? undefined :
    R extends `GET /prompts/${string}` ? undefined :
    R extends `PATCH /prompts/${string}` ? Sent<PromptChanges> :
    R extends `POST /queue/actions` ? Sent<QueueAction> :
    R extends `POST /queue/export` ? Sent<QueueExport> :
    R extends `GET /queue/exports/${string}` ? undefined :
    R extends `POST /queue/import` ? Sent<ImportOptions> :
    R extends `GET /queue` ? undefined :
    R extends `POST /replay` ? Sent<ReplayBody> :
    R extends `POST /report/seen` ? Sent<SeenJobs> :
    R extends `POST /report/visit` ? undefined :
    R extends `GET /report` ? undefined :
    R extends `GET /report.html` ? undefined :
    R extends `POST /restore` ? Sent<RestoreBody> :
    R extends `POST /reveal` ? Sent<RevealBody> :
    R extends `GET /settings` ? undefined :
    R extends `PATCH /settings` ? Sent<Record<string, string | number | boolean | Array<string> | null>> :
    R extends `GET /stats` ? undefined :
    R extends `GET /system/health` ? undefined :
    R extends `GET /system/pairing` ? undefined :
    R extends `GET /system` ? undefined :
    R extends `GET /tonight` ? undefined :
    R extends `POST /undo` ? Sent<Undo> :
    R extends `POST /uploads` ? undefined :
    R extends `POST /vacuum` ? undefined :
    R extends `POST /verify` ? Sent<VerifyBody> :
    R extends `GET /watches/why` ? undefined :
    R extends `POST /watches/${string}/actions` ? Sent<WatchAction> :
    R extends `GET /watches/${string}/files` ? undefined :
    R extends `DELETE /watches/${string}` ? undefined :
    R extends `GET /watches/${string}` ? undefined :
    R extends `PATCH /watches/${string}` ? Sent<WatchChanges> :
    R extends `GET /watches` ? undefined :
    R extends `POST /watches` ? Sent<NewWatch> :
    R extends `POST /workflows/import` ? Sent<{ "draft": { "definition": Record<string, any>; "graphs": Record<string, any>; "yaml": string }; "path": string; "text": string }> :
    R extends `DELETE /workflows/${string}/presets/${string}` ? undefined :
    R extends `GET /workflows/${string}/presets/${string}` ? undefined :
    R extends `PUT /workflows/${string}/presets/${string}` ? Sent<PresetValues> :
    R extends `GET /workflows/${string}/presets` ? undefined :
    R extends `GET /workflows/${string}/schema` ? undefined :
    R extends `GET /workflows/${string}` ? undefined :
    R extends `GET /workflows` ? undefined :
    never;
}
