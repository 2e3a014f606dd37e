"""`python -m hilander` is the `hilander` command, and `run` is what that command starts."""

import atexit
import os
import sys
import threading


def run() -> int:
    """Run the command; Ctrl-C while its modules load, or while `main` ends, is one line and no traceback."""
    try:
        from hilander.cli.main import main

        code = main()
        if "torch" in sys.modules and not busy():
            end(code)
        return code
    except KeyboardInterrupt:
        sys.stderr.write("hilander: interrupted; nothing was written\n")
        return 130


def busy() -> bool:
    """Whether a thread is there that may have something to finish; those for blocks of rows have not."""
    from hilander.graph.threads import THREAD_NAMES

    others = (one for one in threading.enumerate() if one is not threading.main_thread())
    return any(not one.daemon and not one.name.startswith(THREAD_NAMES) for one in others)


def end(code: int) -> None:
    """End here, with all that was to be done at the end: to unload torch takes a third of a second more."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(run())
