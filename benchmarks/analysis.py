"""The paper's analyses: each writes a table and a figure under benchmarks/results.

    python benchmarks/analysis.py k|tau|aggregation|encoder|levels|lander-vs-hilander|sizes|all

Those that train a network do so on Omniglot `train`, with modest settings, and state the time; `all` trains shared
networks once.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from hilander.config import DEFAULT_CHECKPOINT
from hilander.io.atomic import atomic_path
from suite.analyses import levels, networks, sizes, sweeps
from suite.analyses.parts import Analysis, Options
from suite.figures import draw
from suite.report import RESULTS, circumstances, table, write_result

ANALYSES: dict[str, Callable[[Options], Analysis]] = {
    "k": sweeps.k,
    "tau": sweeps.tau,
    "aggregation": networks.aggregation,
    "encoder": networks.encoder,
    "levels": levels.levels,
    "lander-vs-hilander": levels.lander_vs_hilander,
    "sizes": sizes.sizes,
}
PACKAGES = ("torch", "numpy")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("which", choices=[*ANALYSES, "all"])
    parser.add_argument("--checkpoint", default=DEFAULT_CHECKPOINT, help="a shipped name or a folder")
    parser.add_argument("--lander-epochs", type=int, default=120)
    parser.add_argument("--relational-epochs", type=int, default=40)
    args = parser.parse_args()
    options = Options(args.checkpoint, args.lander_epochs, args.relational_epochs)
    began = time.perf_counter()
    for name in ANALYSES if args.which == "all" else [args.which]:
        run(name, options)
    print(f"{args.which}: {time.perf_counter() - began:.0f} s", file=sys.stderr)


def run(name: str, options: Options) -> None:
    """One analysis: its page NAME.md, its figure NAME.svg, and the page printed."""
    began = time.perf_counter()
    found = ANALYSES[name](options)
    seconds = time.perf_counter() - began
    with atomic_path(RESULTS / f"{name}.svg") as temporary:
        draw(found.figure, found.up, temporary)
    page = (
        f"# {found.title}\n\n{found.text}\n\n![{found.title}]({name}.svg)\n\n{table(found.head, found.rows)}\n"
        f"`python benchmarks/analysis.py {name}`: {seconds:.0f} s, training included where it was not done before. "
        f"{circumstances(PACKAGES, options.checkpoint if found.of_default else None)}"
    )
    write_result(f"{name}.md", page)
    print(page, flush=True)


if __name__ == "__main__":
    main()
