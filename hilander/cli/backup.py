"""`hilander backup FILE.tar`: the workspace as one file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hilander.cli.out import check_place
from hilander.services.backup import Backup, backup
from hilander.services.disk import readable
from hilander.services.store import open_store
from hilander.services.workspace import default_workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Write data sets, runs, checkpoints, saved cuts, jobs and the trash of the workspace (HILANDER_HOME, and "
        "HILANDER_DATABASE_URL where that is used) into one file, also while the app runs. `hilander restore` "
        "brings it back, from SQLite to PostgreSQL or the other way too."
    )
    parser.add_argument("file", metavar="FILE.tar", type=Path, help="a file of that name is replaced")


def run(args: argparse.Namespace) -> None:
    check_place(args.file, option="FILE.tar")
    workspace = default_workspace()
    made = backup(args.file, workspace, open_store(workspace))
    tell_damaged(made)
    print(f"{args.file}: {told(made)}. Next, elsewhere: hilander restore {args.file}")


def told(made: Backup) -> str:
    nouns = {"datasets": "data set", "runs": "run", "checkpoints": "checkpoint"}
    counts = (
        f"{made.counts[table]:,} {noun}{'s' * (made.counts[table] != 1)}" for table, noun in nouns.items()
    )
    return f"{', '.join(counts)}, {readable(made.bytes)}"


def tell_damaged(made: Backup) -> None:
    """Damage is no reason to keep no backup of the rest, but nobody should miss it."""
    for line in made.damaged:
        print(f"hilander: as it was when the backup was made: {line}", file=sys.stderr)
