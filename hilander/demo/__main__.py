"""Make the demo sets again: `python -m hilander.demo --out assets/demo`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hilander.demo.build import build
from hilander.demo.sets import FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m hilander.demo", description="Draw and write the demo sets."
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to (default: %(default)s)")
    for demo in build(parser.parse_args().out):
        for path in (demo.images, demo.embeddings, demo.labels):
            sys.stdout.write(f"{path}  {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
