"""What holds for every test, however the run was started."""

from __future__ import annotations

import signal

# A run in the background of a script inherits SIGINT ignored, and so would every `vq` that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
