"""Make the embedder that ships: assets/embedders/default.onnx and the JSON beside it.

    python benchmarks/make_embedder.py --out assets/embedders/default.onnx

Taught on the pictures of `small_embedder.pictures` (half a minute of one core) and judged on classes that it never
saw, beside raw pixels and gradients. The same seed and packages give the same weights on every processor of the kind
(x86 with AVX2) and with any number of threads allowed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from checkpoint_data.processor import begin_again_on_avx2
from checkpoint_data.repeatable import one_thread
from small_embedder.file import write
from small_embedder.judging import judge, of_network, table
from small_embedder.learning import LearningConfig, taught_network
from small_embedder.pictures import taught


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="FILE.onnx; replaced if it is there, and its JSON"
    )
    parser.add_argument("--seed", type=int, default=LearningConfig.seed)
    args = parser.parse_args()
    begin_again_on_avx2()
    with one_thread():
        network = taught_network(taught(), LearningConfig(seed=args.seed))
        write(network, args.out)
        print(table(judge("default", of_network(network))))


if __name__ == "__main__":
    main()
