"""SIGKILL: to the process that computes, to the job process, to the app (the command and its server)."""

from __future__ import annotations

import random

import psutil

from suite.reliability.place import until
from suite.reliability.trial import Fault, Scene

ENDS = 40.0  # s that the job process may take to end after its app


def _worker(scene: Scene, rng: random.Random) -> None:
    scene.app.worker().kill()


def _host(scene: Scene, rng: random.Random) -> None:
    scene.app.host().kill()


def _app(scene: Scene, rng: random.Random) -> None:
    """With whoever writes through it; then it is started again."""
    host = scene.app.host()
    scene.app.kill()
    if scene.writer is not None:
        scene.writer.kill()
    until(lambda: _is_gone(host), ENDS, "the job process to end")
    scene.app_again()


def _is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


KILLS = (Fault("SIGKILL of the worker", _worker), Fault("SIGKILL of the app", _app))
HOST = Fault("SIGKILL of the job process", _host)
