"""A stand-in for ComfyUI: a small server that speaks its protocol, for tests and for `vq demo`.

It is always labelled as simulated (`system_stats` says so). It really loads, changes and writes pictures
and video; its diffusion nodes only draw. Nothing else in the package imports it.
"""

from __future__ import annotations

from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.server import ComfySimulator
from video_queue.simulator.settings import SimulatorSettings

__all__ = ["ComfySimulator", "SimulatorProcess", "SimulatorSettings"]
