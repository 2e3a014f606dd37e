"""`hilander restore FILE.tar`: a backup, brought back into an empty workspace."""

from __future__ import annotations

import argparse
from pathlib import Path

from hilander.cli.backup import tell_damaged, told
from hilander.services.restore import restore
from hilander.services.store import open_store
from hilander.services.workspace import default_workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Bring a backup back into the workspace that HILANDER_HOME names, which must be empty. Every file is checked "
        "against its checksums first; a damaged backup changes nothing."
    )
    parser.add_argument("file", metavar="FILE.tar", type=Path, help="what `hilander backup` wrote")


def run(args: argparse.Namespace) -> None:
    workspace = default_workspace()
    made = restore(args.file, workspace, open_store(workspace))
    tell_damaged(made)
    print(f"{workspace.root}: {told(made)}. Next: hilander app")
