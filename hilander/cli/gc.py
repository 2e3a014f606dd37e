"""`hilander gc`: remove old trash and leftovers from the workspace, and say what and how much."""

from __future__ import annotations

import argparse
import json

from hilander.services import gc
from hilander.services.disk import readable
from hilander.services.store import open_store
from hilander.services.workspace import default_workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Remove from the workspace (HILANDER_HOME) what has been in the trash for 30 days, and what is a day old and "
        "belongs to nothing: half-made files, uploads that nobody imported, exports, caches. The app does the same "
        "every hour."
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be removed, and remove nothing"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list, one object for each thing")


def run(args: argparse.Namespace) -> None:
    workspace = default_workspace()
    store = open_store(workspace)
    removed = gc.found(workspace, store) if args.dry_run else gc.collect(workspace, store)
    if args.json:
        print(json.dumps([vars(it) for it in removed], indent=1))
        return
    for it in removed:
        print(f"{readable(it.bytes):>9}  {it.what}: {it.name}")
    total = readable(sum(it.bytes for it in removed))
    print(f"{total} {'would be freed' if args.dry_run else 'freed'} in {workspace.root}")
