"""`python -m hilander` is the `hilander` command, and `run` is what that command starts."""

import sys


def run() -> int:
    """Run the command; Ctrl-C while its modules load, or while `main` ends, is one line and no traceback."""
    try:
        from hilander.cli.ending import end_soon
        from hilander.cli.main import main

        return end_soon(main())
    except KeyboardInterrupt:
        sys.stderr.write("hilander: interrupted; nothing was written\n")
        return 130


if __name__ == "__main__":
    sys.exit(run())
