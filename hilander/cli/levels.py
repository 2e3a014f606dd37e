"""`hilander levels RUN`: one row a level, as an aligned table or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hilander.errors import InputError
from hilander.hierarchy.run import Run
from hilander.io.labels import align_labels, read_labels
from hilander.views.levels import level_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help="folder that `hilander cluster` made")
    parser.add_argument(
        "--labels",
        metavar="CSV",
        type=Path,
        help="known labels, columns id and label: adds the scores Fp, Fb and NMI",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list, one object a level")


def run(args: argparse.Namespace) -> None:
    run = Run.load(args.run)
    codes = label_codes(args.labels, run) if args.labels else None
    rows = [row.to_dict() for row in level_table(run.hierarchy, codes)]
    print(json.dumps(rows, indent=1, allow_nan=False) if args.json else aligned(rows))


def label_codes(path: Path, run: Run) -> np.ndarray:
    """The label of every image as a number, -1 where unknown; says so on stderr when matched by order."""
    matched = align_labels(read_labels(path), run.ids, run.hierarchy.n)
    if matched.note:
        print(f"hilander: {matched.note}", file=sys.stderr)
    if not (matched.codes >= 0).any():
        raise InputError(
            f"{path.name} must give at least one image a label; all are empty. Fill in the label column."
        )
    return matched.codes


def aligned(rows: Sequence[Mapping[str, object]]) -> str:
    """The rows as text: a header, columns flushed right, two spaces between."""
    table = [list(rows[0]), *([cell(name, value) for name, value in row.items()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join("  ".join(map(str.rjust, line, widths)) for line in table)


def cell(name: str, value: object) -> str:
    """One value, never empty and without spaces, so that awk and cut can count the columns."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}" if name == "median_size" else f"{value:.4f}"
    return str(value)
