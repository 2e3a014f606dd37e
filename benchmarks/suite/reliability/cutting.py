"""The network between app and PostgreSQL cut in the middle of things, and the server killed and started again."""

from __future__ import annotations

import random
import time

from suite.postgres import Server
from suite.reliability.proxy import Proxy
from suite.reliability.trial import Fault, Scene

SHORT, LONG = 2.0, 20.0  # s without a network
SILENT = 35.0  # s; what waits for an answer gives up after 20


def faults(proxy: Proxy, server: Server) -> tuple[Fault, ...]:
    """By connections reset, by silence, and by SIGKILL of the server with all its processes."""

    def cut(scene: Scene, rng: random.Random) -> None:
        proxy.cut()

    def restore(scene: Scene) -> None:
        proxy.restore()
        _settle(scene)

    def silence(scene: Scene, rng: random.Random) -> None:
        if not proxy.silence():
            raise RuntimeError("this machine does not let routes be changed: leave the silent cut out")

    def loud(scene: Scene) -> None:
        proxy.loud()
        _settle(scene)

    def kill(scene: Scene, rng: random.Random) -> None:
        server.kill()

    def start(scene: Scene) -> None:
        server.start()
        _settle(scene)

    return (
        Fault("network cut, connections reset", cut, restore, hold=between, goes_on=True, seconds=180),
        Fault("network cut, in silence", silence, loud, hold=lambda rng: SILENT, goes_on=True, seconds=180),
        Fault("PostgreSQL killed and started again", kill, start, hold=between, goes_on=True, seconds=180),
    )


def between(rng: random.Random) -> float:
    return rng.uniform(SHORT, LONG)


def _settle(scene: Scene) -> None:
    """As long as whoever writes a note needs to hear of it."""
    time.sleep(3)
