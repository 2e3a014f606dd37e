"""Starts the server: `python -m hilander.ui.server.start`, whose words are those of `streamlit run SCRIPT`.

`hilander app` starts this. Words behind `--` are behind_gate.py's.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from streamlit.web import cli

SERVED = Path(__file__).with_name("behind_gate.py")


def main(words: list[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again when it has stopped in order
        signal.signal(number, lambda *_: sys.exit(0))
    cli.main(["run", str(SERVED), *words])


if __name__ == "__main__":
    main(sys.argv[1:])
