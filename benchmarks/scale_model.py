"""The model of time and memory from 100,000 images to a thousand million: its constants, and how far it is off.

    python benchmarks/scale_model.py

Reads what `benchmarks/scale.py` and `benchmarks/on_cluster.py` measured (benchmarks/results/scale.json and
distributed.json) and writes benchmarks/scale.md. Constants are fitted to the runs of at most `FITTED` images; larger
runs are only compared with what the model says of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

from suite.report import RESULTS, table

OUT = Path(__file__).parent / "scale.md"
LEAST, FITTED = 30_000, 1_000_000  # images of the runs that constants are fitted to
SIZES = (10**5, 10**6, 10**7, 10**8, 10**9)
MEMORY = 24e9  # bytes of the machine that all runs were made on
HEAD_GROWS = ("what", "why", "model")
HEAD_CHECKED = ("images", "seconds", "model", "off by", "GB", "model", "off by", "")
HEAD_SIZES = (
    *("images", "one machine, default", "GB", "one machine, exact"),
    *("exact, core hours of a cluster", "GB in its client", "GB between its workers"),
)


@dataclass(frozen=True)
class Power:
    """A sum of c_i * n ** e_i, c_i >= 0."""

    exponents: tuple[float, ...]
    constants: tuple[float, ...]

    @classmethod
    def fitted(cls, exponents: Sequence[float], n: Sequence[float], values: Sequence[float]) -> Power:
        """The constants with the least squared relative errors."""
        terms = np.power.outer(np.asarray(n, float), np.asarray(exponents, float))
        found, _ = nnls(terms / np.asarray(values, float)[:, None], np.ones(len(n)))
        return cls(tuple(exponents), tuple(map(float, found)))

    def __call__(self, n: float) -> float:
        return float(sum(c * n**e for c, e in zip(self.constants, self.exponents, strict=True)))

    def words(self, unit: str) -> str:
        parts = [
            f"{c:.2e} n^{e:g}" if e not in {0, 1} else f"{c:.2e} n" if e else f"{c:.2f}"
            for c, e in zip(self.constants, self.exponents, strict=True)
        ]
        return f"{' + '.join(parts)} {unit}"


@dataclass(frozen=True)
class Model:
    """seconds, bytes : of a default clustering on one machine of two cores; pairs : seconds for each n^2 of an exact
    search there; between, client : bytes an image that move between workers, and that the client of a cluster holds."""

    seconds: Power
    bytes: Power
    pairs: float
    between: float
    client: float = 200.0

    def exact(self, n: float) -> float:
        """Seconds of an exact clustering on one machine: all pairs, and what is linear."""
        linear = self.seconds.constants[0] + self.seconds.constants[1] * n
        return linear + self.pairs * n**2


def main() -> int:
    runs = json.loads((RESULTS / "scale.json").read_text())
    far = json.loads((RESULTS / "distributed.json").read_text())
    auto = sorted((one for one in runs if one["what"] == "auto"), key=lambda one: one["rows"])
    model = model_of(auto, [one for one in runs if one["what"] == "exact"], far)
    OUT.write_text(page(model, [one for one in auto if one["rows"] >= LEAST]))
    print(OUT.read_text())
    return 0


def model_of(auto: Sequence[dict[str, Any]], exact: Sequence[dict[str, Any]], far: dict[str, Any]) -> Model:
    fit = [one for one in auto if LEAST <= one["rows"] <= FITTED]
    n = [float(one["rows"]) for one in fit]
    seconds = Power.fitted((0, 1, 1.5), n, [one["seconds"] for one in fit])
    held = Power.fitted((0, 1), n, [one["peak"] for one in fit])
    linear = [seconds.constants[0] + seconds.constants[1] * one["rows"] for one in exact]
    rest = [(one["seconds"] - less) / one["rows"] ** 2 for one, less in zip(exact, linear, strict=True)]
    if len(fit) < 3 or not rest:
        sys.exit("too few runs in benchmarks/results/scale.json. Run: python benchmarks/scale.py")
    between = far["distributed"]["bytes"]["between_workers"] / far["rows"]
    return Model(seconds, held, max(0.0, float(np.mean(rest))), between)


def page(model: Model, runs: Sequence[dict[str, Any]]) -> str:
    most = (MEMORY - model.bytes.constants[0]) / model.bytes.constants[1]
    return f"""# Time and memory from 10^5 to 10^9 images

`python benchmarks/scale_model.py`, from the runs of `benchmarks/scale.py` and `benchmarks/on_cluster.py`: 128
dimensions, k = 10, two cores. Constants are fitted to runs of {LEAST:,} to {FITTED:,} images; larger ones are only
compared.

## What grows how

{table(HEAD_GROWS, grows(model))}
## Checked against the runs made

{table(HEAD_CHECKED, [checked(model, one) for one in runs])}
## From 10^5 to 10^9

{table(HEAD_SIZES, [sizes(model, n) for n in SIZES])}
- One machine of {MEMORY / 1e9:.0f} GB holds {most / 1e6:,.1f} million images of 128 dimensions.
- Past that: `--scheduler`. It compares all pairs, so its work grows with n^2, and is worth its price up to some ten
  million images; from 10^8 on all pairs are out of reach of processors, and a search in lists over workers, which
  does not exist yet, is what is missing.
- The client of a cluster holds the links of all images, and what it decodes: at 10^9 that is no longer one machine.
"""


def grows(model: Model) -> list[list[str]]:
    lists = "each image is compared with 6 sqrt(n) centres of lists, and with lists as long as sqrt(n)"
    return [
        [
            "seconds, default search",
            f"start; relations, network, walks and files touch each link once; {lists}",
            model.seconds.words("s"),
        ],
        [
            "bytes at the peak",
            "start; vectors twice, k-NN lists, relations of each link",
            model.bytes.words("bytes"),
        ],
        [
            "seconds of all pairs",
            "n^2 / 2 products of d values, each looked at for both its rows",
            f"{model.pairs:.2e} n^2 s",
        ],
        [
            "bytes between workers",
            "codes of a part's border, once a round; in random order a border is nearly the set",
            f"{model.between:,.0f} an image",
        ],
        [
            "bytes in the client of a cluster",
            "k-NN lists and what is said of their links",
            f"about {model.client:,.0f} an image",
        ],
    ]


def checked(model: Model, one: dict[str, Any]) -> list[str]:
    n, seconds, held = one["rows"], one["seconds"], one["peak"]
    return [
        f"{n:,}",
        *(f"{seconds:,.1f}", f"{model.seconds(n):,.1f}", f"{model.seconds(n) / seconds - 1:+.0%}"),
        *(f"{held / 1e9:.2f}", f"{model.bytes(n) / 1e9:.2f}", f"{model.bytes(n) / held - 1:+.0%}"),
        "fitted" if n <= FITTED else "not fitted",
    ]


def sizes(model: Model, n: int) -> list[str]:
    exact = model.exact(n)
    return [
        f"10^{len(str(n)) - 1}",
        *(span(model.seconds(n)), f"{model.bytes(n) / 1e9:,.1f}", span(exact)),
        *(f"{2 * exact / 3600:,.1f}", f"{model.client * n / 1e9:,.1f}", f"{model.between * n / 1e9:,.0f}"),
    ]


def span(seconds: float) -> str:
    """In the largest unit that gives at least one."""
    for unit, size in (("years", 365.25 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
