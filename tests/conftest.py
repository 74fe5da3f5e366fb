"""What holds for every test, however the run was started."""

from __future__ import annotations

import os
import signal
import sys

# A run in the background of a script inherits SIGINT ignored, and so would every `vq` that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where bytecode is not kept, each of the hundreds of `vq` that the tests start would compile the whole package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
