"""`hilander import EMBEDDINGS --images ... --labels ...`: a data set in the workspace, for the app to show.

The work is hilander.services.imports, in this process: the app need not run, and may. What is done when it is
interrupted or killed stays, and the same words go on with it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hilander.cli.progress import Line
from hilander.errors import Cancelled
from hilander.services.import_order import ImportOrder
from hilander.services.imports import Imported, run_import
from hilander.services.store import DatasetRow, open_store, patient, required_dataset
from hilander.services.uploads import usual_name
from hilander.services.workspace import default_workspace

PATIENCE = 600.0  # s that it waits for a database that is away


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Import embeddings, with their images and labels, into the workspace (HILANDER_HOME, or ~/.hilander). "
        "Where it was interrupted or killed, the same words go on with it."
    )
    parser.add_argument("embeddings", metavar="EMBEDDINGS", type=Path, help="as for hilander cluster")
    parser.add_argument(
        "--images",
        metavar="PATH",
        type=Path,
        help="the images: a zip or tar, a folder with its sub-folders, a Parquet column, or a list of paths",
    )
    parser.add_argument(
        "--labels", metavar="FILE", type=Path, help="CSV or Parquet with the columns id and label"
    )
    parser.add_argument(
        "--name", metavar="NAME", default="", help="of the data set (default: the embeddings' file name)"
    )
    parser.add_argument(
        "--match",
        choices=("id", "order"),
        help="how rows find their images: by id, or row i the i-th image in sorted order "
        "(default: by id where the embeddings name ids)",
    )
    parser.add_argument(
        "--keep-matching",
        action="store_true",
        help="leave out rows without an image and images without a row, rather than refuse",
    )
    parser.add_argument(
        "--again", action="store_true", help="import although the same content is in the workspace already"
    )


def run(args: argparse.Namespace) -> None:
    order = ImportOrder(
        embeddings=args.embeddings.absolute(),
        images=args.images and args.images.absolute(),
        labels=args.labels and args.labels.absolute(),
        name=args.name.strip() or usual_name(args.embeddings),
        keep_matching=args.keep_matching,
        match=args.match,
        again=args.again,
    )
    workspace = default_workspace()
    store = open_store(workspace)
    try:
        with Line(sys.stderr) as line, patient(PATIENCE):
            imported = run_import(workspace, store, order, line.importing, on_note=line.keep)
    except KeyboardInterrupt:
        raise Cancelled("what was done is kept for a day; the same words go on with it") from None
    print(summary(imported, required_dataset(store, imported.dataset_id)))


def summary(imported: Imported, row: DatasetRow) -> str:
    images = f"{row.n:,} {'images' if row.has_images else 'rows'} of {row.dim} dimensions"
    if imported.is_new:
        return f"{row.id}: {row.name}, {images}. Next: hilander app"
    return (
        f"{row.id}: the same content is there already, as {row.name}, imported {row.created:%Y-%m-%d}: {images}. "
        "Nothing was imported; --again imports it once more"
    )
