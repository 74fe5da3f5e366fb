"""What can be set, with types, limits and defaults (docs/settings.md), and the paths of a home."""

from __future__ import annotations

import ipaddress
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from video_queue.domain.catalogue import fail
from video_queue.domain.notifications import NotificationKind
from video_queue.domain.states import DEFAULT_INSTANCE
from video_queue.domain.workflow import Duration
from video_queue.settings.file import SETTINGS_NAME, flatten

_SECRETS = ("server.token", "notify.webhook_secret")
_SECRET_ADDRESSES = ("notify.urls", "notify.webhook")

Origin = Literal["default", "file", "environment", "flag"]


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address is written as http://HOST:PORT")
    return value.rstrip("/")


def _split_command(value: Any) -> Any:
    """A command written as one text (JSON, or words); Windows keeps backslashes, and quotes only group."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    words = shlex.split(value, posix=sys.platform != "win32")
    return [word.strip('"') for word in words] if sys.platform == "win32" else words


def _split_list(separator: str) -> BeforeValidator:
    """A list written as one text (environment, flags): JSON, or separated."""

    def split(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [part.strip() for part in value.split(separator) if part.strip()]

    return BeforeValidator(split)


def _local_path(path: Path, info: ValidationInfo) -> Path:
    """Absolute: relative to the folder that the context names for this field, else to the current one."""
    try:
        path = path.expanduser()
    # ~NAME of an unknown user.
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    start = (info.context or {}).get(info.field_name, Path.cwd())
    return Path(os.path.normpath(start / path))


LocalPath = Annotated[Path, AfterValidator(_local_path)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Command = Annotated[list[str], BeforeValidator(_split_command), Field(min_length=1)]
Names = Annotated[list[str], _split_list(",")]
Folders = Annotated[list[LocalPath], _split_list(os.pathsep)]


def _never(value: Any) -> Any:
    return None if value == "never" else value


class _Section(BaseModel):
    """Unknown keys are errors in every part."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ComfyInstance(_Section):
    """Another ComfyUI, which renders beside the one of `comfy.url`: as that is set, under a `name`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    url: WebAddress
    command: Command | None = None
    folder: LocalPath | None = None
    input_dir: LocalPath | None = None
    output_dir: LocalPath | None = None


def _distinct(instances: list[ComfyInstance]) -> list[ComfyInstance]:
    names = [instance.name for instance in instances]
    if DEFAULT_INSTANCE in names:
        raise ValueError(f"the name {DEFAULT_INSTANCE} is that of comfy.url")
    for seen, what in ((names, "name"), ([instance.url for instance in instances], "url")):
        if twice := next((value for value in seen if seen.count(value) > 1), None):
            raise ValueError(f"two instances have the {what} {twice}")
    return instances


Instances = Annotated[list[ComfyInstance], _split_list(","), AfterValidator(_distinct)]


class ComfySettings(_Section):
    """Where ComfyUI is, and the `command` that starts it, in `folder`. Without `url`: 8188, then 8000 on loopback.

    When nothing was rendered for `free_after` seconds its memory is freed, after `stop_after` it is stopped.
    `instances` are further ones that render at the same time.
    """

    url: WebAddress | None = None
    command: Command | None = None
    folder: LocalPath | None = None
    free_after: Annotated[Duration | None, BeforeValidator(_never)] = None
    stop_after: Annotated[Duration | None, BeforeValidator(_never)] = None
    input_dir: LocalPath | None = None
    output_dir: LocalPath | None = None
    instances: Instances = []


class ServerSettings(_Section):
    """Where `vq serve` listens (port 0: any free one), and which clients it answers."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    token: Annotated[str, Field(min_length=8)] | None = None
    allowed_hosts: Names = []

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class LimitSettings(_Section):
    """What is refused as too large: prompts of a submission, bytes of a JSON body and of an upload."""

    max_prompts: Annotated[int, Field(ge=1)] = 100_000
    max_body: Annotated[int, Field(ge=1024)] = 16 * 2**20
    max_upload: Annotated[int, Field(ge=1024)] = 64 * 2**30


class RetrySettings(_Section):
    """Attempts at a phase after transient failures, and the pause before the first retry (it doubles)."""

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    base_seconds: Annotated[float, Field(ge=0, le=3600)] = 1.0


class AffinitySettings(_Section):
    """How many renders in a row, and how long, may overtake other jobs to go on with the models that are loaded."""

    renders: Annotated[int, Field(ge=0, le=10_000)] = 32
    time: Duration = 600.0


class TimeoutSettings(_Section):
    """`stall`: seconds of ComfyUI's silence until a prompt counts as stuck (a phase's `stall` overrides)."""

    stall: Duration = 3600.0


def _service_address(value: str) -> str:
    if not urlsplit(value).scheme or "://" not in value:
        raise ValueError("an address is written as SERVICE://..., such as ntfy://TOPIC")
    return value


class NotifySettings(_Section):
    """Where notifications are sent besides the inbox, which kinds, and how long the next message waits for more.

    The queue is finished once it stayed without work for `finished_seconds`. `urls` are Apprise's. `webhook_secret`
    signs what the webhook gets (docs/notifications.md).
    """

    desktop: bool = False
    urls: Annotated[list[Annotated[str, AfterValidator(_service_address)]], _split_list(" ")] = []
    webhook: WebAddress | None = None
    webhook_secret: Annotated[str, Field(min_length=16)] | None = None
    command: Command | None = None
    events: Annotated[list[NotificationKind], _split_list(",")] = [
        NotificationKind.QUEUE_FINISHED,
        NotificationKind.JOB_FAILED,
        NotificationKind.JOB_HELD,
        NotificationKind.PROMPT_REVIEW,
        NotificationKind.WATCH_STUCK,
        NotificationKind.WATCH_FILE_FAILED,
        NotificationKind.DISK_FULL,
        NotificationKind.COMFY_STUCK,
    ]
    finished_seconds: Duration = 120.0
    quiet_seconds: Duration = 60.0


Limit = Annotated[Annotated[float, Field(ge=0)] | None, BeforeValidator(_never)]


class KeepSettings(_Section):
    """Days that working files, logs, uploads, copies and finished jobs are kept, or `never`; GB of the cache."""

    work_days: Limit = 7.0
    log_days: Limit = 90.0
    upload_days: Limit = 30.0
    backup_days: Limit = 90.0
    thumbnails_gb: Limit = 2.0
    proxies_gb: Limit = 10.0
    history_days: Limit = None


WhenDone = Literal["nothing", "sleep", "shutdown", "command"]


def _media_jobs() -> int:
    return 2 if (os.cpu_count() or 1) >= 8 else 1


class Settings(_Section):
    """All settings of one home. Paths are absolute; `origins` says for each dotted key where its value was set.

    `ignored` lists the VQ_ variables of the environment that name no setting.
    """

    home: Path
    comfy: ComfySettings = ComfySettings()
    server: ServerSettings = ServerSettings()
    roots: Folders | None = None
    output_root: LocalPath
    work_root: LocalPath
    media_jobs: Annotated[int, Field(ge=1, le=64)] = Field(default_factory=_media_jobs)
    confine: bool = True
    ffmpeg: str | None = None
    min_free_gb: Annotated[float, Field(ge=0)] = 2.0
    limits: LimitSettings = LimitSettings()
    retry: RetrySettings = RetrySettings()
    timeouts: TimeoutSettings = TimeoutSettings()
    affinity: AffinitySettings = AffinitySettings()
    on_start: Literal["resume", "paused", "last"] = "resume"
    awake: bool = False
    when_done: WhenDone = "nothing"
    when_done_command: Command | None = None
    when_done_seconds: Duration = 60.0
    notify: NotifySettings = NotifySettings()
    keep: KeepSettings = KeepSettings()
    origins: dict[str, Origin] = Field(default={}, exclude=True, repr=False)
    ignored: list[str] = Field(default=[], exclude=True, repr=False)

    @property
    def instance_names(self) -> list[str]:
        """Every ComfyUI that renders; `default` is that of `comfy.url`, unless only others are set."""
        others = [instance.name for instance in self.comfy.instances]
        has_default = not others or self.comfy.url is not None or self.comfy.command is not None
        return [DEFAULT_INSTANCE, *others] if has_default else others

    def comfy_of(self, name: str) -> ComfySettings:
        """The settings of one ComfyUI; `default` for a name that is not set."""
        instance = next((each for each in self.comfy.instances if each.name == name), None)
        if instance is None:
            return self.comfy
        own = {"instances": [], **instance.model_dump(exclude={"name"})}
        return self.comfy.model_copy(update=own)

    def catalogue_dir(self, name: str) -> Path:
        """Where it is kept what a ComfyUI offered last."""
        return self.cache_dir if name == DEFAULT_INSTANCE else self.cache_dir / "comfy" / name

    @property
    def db_path(self) -> Path:
        """The database."""
        return self.home / "vq.db"

    @property
    def server_json(self) -> Path:
        """Where a running server says how to reach it."""
        return self.home / "server.json"

    @property
    def settings_path(self) -> Path:
        """The settings file; need not exist."""
        return self.home / SETTINGS_NAME

    @property
    def workflows_dir(self) -> Path:
        """The artist's own workflows."""
        return self.home / "workflows"

    @property
    def presets_dir(self) -> Path:
        """Named values of workflows' forms."""
        return self.home / "presets"

    @property
    def caption_styles_dir(self) -> Path:
        """The artist's caption styles."""
        return self.home / "caption_styles"

    @property
    def logs_dir(self) -> Path:
        """Log files."""
        return self.home / "logs"

    @property
    def cache_dir(self) -> Path:
        """Thumbnails, proxies and what ComfyUI offered last; can be deleted at any time."""
        return self.home / "cache"

    @property
    def backups_dir(self) -> Path:
        """Copies of the database."""
        return self.home / "backups"

    @property
    def ffmpeg_threads(self) -> int:
        """Threads of one ffmpeg, so that all media phases together fill the machine once."""
        return max(2, (os.cpu_count() or 1) // self.media_jobs)

    @property
    def allowed_roots(self) -> list[Path]:
        """The folders that requests may name: `roots`, or the user's home, vq's, the outputs, other drives."""
        if self.roots is not None:
            return self.roots
        return [Path.home(), self.home, self.output_root, *_drive_roots()]

    @property
    def makes_output_root(self) -> bool:
        """Whether `ensure_home` makes it: a named one may be on a drive that is not mounted."""
        return self.origins.get("output_root", "default") == "default"

    def ensure_home(self) -> None:
        """Create the home's folders that are missing, and `output_root` where it was left at its default.

        A named `output_root` may be on a drive that is not mounted, and is never created here.

        Raises:
            VqError: `validation.setting` when a folder cannot be created.
        """
        folders = [self.workflows_dir, self.logs_dir, self.cache_dir, self.backups_dir, self.work_root]
        if self.makes_output_root:
            folders.append(self.output_root)
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise fail("validation.setting", name="home", detail=str(error), origin="--home") from error

    def described(self) -> list[dict[str, Any]]:
        """Every setting as `{key, value, origin}`, JSON values; what is secret is shown as `***`."""
        return [
            {"key": key, "value": masked(key, value), "origin": self.origins.get(key, "default")}
            for key, value in flatten(self.model_dump(mode="json")).items()
        ]


def is_secret(key: str) -> bool:
    """Whether a setting's value must not be printed."""
    return key in _SECRETS or key in _SECRET_ADDRESSES


def masked(key: str, value: Any) -> Any:
    """A setting's value with `***` in the place of what is secret. An address of a service may hold its password."""
    if key in _SECRET_ADDRESSES and isinstance(value, str):
        return f"{value.partition('://')[0]}://***"
    if key in _SECRET_ADDRESSES and isinstance(value, list):
        return [masked(key, address) for address in value]
    return "***" if key in _SECRETS and value else value


def known_keys() -> list[str]:
    """Every dotted key that can be set."""
    keys = []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Section):
            keys += [f"{name}.{inner}" for inner in kind.model_fields]
        elif name not in ("home", "origins", "ignored"):
            keys.append(name)
    return keys


def _drive_roots() -> list[Path]:
    """Where other drives appear: letters but C, or the folders that hold mounts."""
    if sys.platform == "win32":
        return [Path(f"{letter}:\\") for letter in "DEFGHIJKLMNOPQRSTUVWXYZ"]
    return [Path(name) for name in ("/media", "/mnt", "/run/media", "/Volumes")]
