"""Settings: defaults < `vq.toml` in the home < `VQ_*` environment < flags, and where each value came from.

Plain pydantic on purpose: every `vq` command loads this package, and pydantic-settings alone would cost 75 ms.
"""

from video_queue.settings.file import write_setting
from video_queue.settings.load import load_settings, resolve_home
from video_queue.settings.models import Origin, Settings

__all__ = ["Origin", "Settings", "load_settings", "resolve_home", "write_setting"]
