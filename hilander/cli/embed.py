"""`hilander embed IMAGES --out FILE.npy`: embeddings of images, by the network that ships or an ONNX file.

The work is hilander.embed, in a process of its own. What is done when it is interrupted or killed stays beside the
output, and the same words go on with it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from hilander.cli import out
from hilander.cli.progress import Line
from hilander.cli.values import whole
from hilander.embed.apart import embed_apart
from hilander.embed.embedding import checked
from hilander.embed.kept import Embedded
from hilander.embed.order import DEFAULT, EmbedOrder, embedder_title
from hilander.embed.written import check_suffix, ids_path, write_embedded
from hilander.errors import Cancelled
from hilander.io.atomic import remove

NAMED = 5
SETTINGS = """
the JSON beside FILE.onnx (FILE.json, or --preprocess) may say how images become the network's input; what it does not
say is read off the network or is as in brackets:
  size             pixels, or [height, width] (the input's, else 224)
  fit              crop, letterbox (whole image, rest filled) or stretch (crop)
  resize           with crop: pixels of the short side before the cut (the frame's)
  pad              with letterbox: [red, green, blue] or edge (edge)
  interpolation    bicubic, bilinear, lanczos or nearest (bicubic)
  colour           RGB, BGR or grey (RGB)
  scale            what 0 to 255 is multiplied with (1 / 255)
  mean, std        then (value - mean) / std, a number or one a channel (ImageNet's)
  layout           NCHW or NHWC
  input, output    names
  batch            images at once (32)
  normalise        give rows unit length (true)
CLIP: {"mean": [0.4815, 0.4578, 0.4082], "std": [0.2686, 0.2613, 0.2758]}
DINO: {"resize": 256}     ArcFace: {"scale": 1, "mean": 127.5, "std": 127.5}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Compute embeddings of images. Where it was interrupted or killed, the same words go on with it."
    )
    parser.epilog, parser.formatter_class = SETTINGS, argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "images",
        metavar="IMAGES",
        type=Path,
        help="a zip or tar, a folder with its sub-folders, a Parquet column, or a list of paths",
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help=".npy, with the names in FILE_ids.csv, or .npz with names inside; replaced if it is there",
    )
    add_embedder(parser)


def add_embedder(parser: argparse.ArgumentParser, *, with_model: bool = True) -> None:
    """The words that say which network embeds, and how."""
    if with_model:
        parser.add_argument(
            "--model",
            metavar="NAME|FILE.onnx",
            default=DEFAULT,
            help="the network (%(default)s: small, ours, enough to try)",
        )
    parser.add_argument(
        "--preprocess",
        metavar="FILE.json",
        type=Path,
        help="its settings (default: the JSON beside it, if any)",
    )
    parser.add_argument(
        "--batch", metavar="N", type=whole, help="images at once (default: as the JSON says, or 32)"
    )
    parser.add_argument(
        "--device",
        metavar="auto|cpu|cuda",
        default="auto",
        help="where the network runs (default: %(default)s)",
    )


def order_of(args: argparse.Namespace, model: str) -> EmbedOrder:
    return EmbedOrder(
        images=args.images.absolute(),
        model=model if "/" not in model and not model.endswith(".onnx") else str(Path(model).absolute()),
        preprocess=args.preprocess and args.preprocess.absolute(),
        batch=args.batch,
        device=args.device,
    )


def run(args: argparse.Namespace) -> None:
    check_suffix(args.out)
    out.check_file(args.out)
    order = order_of(args, args.model)
    checked(order)
    work = args.out.absolute().with_name(f".{args.out.name}.embedding")
    began = time.monotonic()
    try:
        with Line(sys.stderr) as line:
            embed_apart(
                work,
                order,
                lambda done, total: line.counting("embedding", done, total, time.monotonic() - began),
            )
    except KeyboardInterrupt:
        raise Cancelled("what was done is kept beside the output; the same words go on with it") from None
    found = write_embedded(work, args.out)
    remove(work)
    print(summary(found, args, order))


def summary(found: Embedded, args: argparse.Namespace, order: EmbedOrder) -> str:
    names = "names inside" if args.out.suffix.lower() == ".npz" else f"names in {ids_path(args.out)}"
    n, dim = found.x.shape
    text = f"{args.out}: {n:,} rows of {dim:,} by {embedder_title(order.model)}, {names}"
    if left := found.left_out:
        shown = ", ".join(left[:NAMED]) + (", ..." if len(left) > NAMED else "")
        text += f". Left out, since they cannot be read or embedded: {len(left):,} ({shown})"
    return f"{text}. Next: hilander cluster {args.out} --out RUN"
