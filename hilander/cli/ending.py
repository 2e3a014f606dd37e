"""How the command's process ends: without unloading torch, which takes a third of a second."""

from __future__ import annotations

import atexit
import os
import sys
import threading

from hilander.config import BLOCK_THREADS


def end_soon(code: int) -> int:
    """End here where torch is loaded and no thread has anything to finish; else return the code."""
    if "torch" in sys.modules and not _busy():
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
    return code


def _busy() -> bool:
    others = (one for one in threading.enumerate() if one is not threading.main_thread())
    return any(not one.daemon and not one.name.startswith(BLOCK_THREADS) for one in others)
