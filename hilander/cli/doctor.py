"""`hilander doctor`: what is wrong with the workspace and what to do; 0 when nothing is, 1 when something is."""

from __future__ import annotations

import argparse
import json
import sys

from hilander.services.doctor import Finding, examine
from hilander.services.store import open_store
from hilander.services.workspace import default_workspace

SICK = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Read every byte of the workspace (HILANDER_HOME) and say what is missing, damaged, lost or stuck, and what to "
        "do about it. Ends with 0 when there is no problem, with 1 when there is one; notes are no problems."
    )
    parser.add_argument(
        "--repair", action="store_true", help="mend what can be mended without losing anything"
    )
    parser.add_argument(
        "--remove-unknown",
        action="store_true",
        help="with --repair: also remove the folders that this database does not know; another one may own them",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list, one object for each finding")


def run(args: argparse.Namespace) -> None:
    workspace = default_workspace()
    store = open_store(workspace)
    may_go = args.repair and args.remove_unknown
    found = examine(workspace, store, remove_unknown=may_go)
    mended: set[Finding] = set()
    if args.repair:
        for finding in found:
            if finding.mend is not None:
                finding.mend()
        mended = set(found) - set(examine(workspace, store, remove_unknown=may_go))
    print(_as_json(found, mended) if args.json else _as_text(found, mended, str(workspace.root)))
    if any(finding.is_problem and finding not in mended for finding in found):
        sys.exit(SICK)


def _as_json(found: list[Finding], mended: set[Finding]) -> str:
    rows = [
        {
            "place": it.place,
            "what": it.what,
            "todo": it.todo,
            "problem": it.is_problem,
            "mended": it in mended,
        }
        for it in found
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False)


def _as_text(found: list[Finding], mended: set[Finding], root: str) -> str:
    lines = []
    for it in found:
        word = "mended" if it in mended else "problem" if it.is_problem else "note"
        lines.append(f"{word}: {it.place}: {it.what.rstrip('.')}." + ("" if it in mended else f" {it.todo}"))
    left = sum(it.is_problem and it not in mended for it in found)
    lines.append(f"{root}: {left} problem{'s' * (left != 1)}" if left else f"{root} is healthy")
    return "\n".join(lines)
