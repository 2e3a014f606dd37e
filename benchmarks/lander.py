"""The paper's network by `hilander train` with the released recipe on Omniglot, and after a kill.

    python benchmarks/lander.py [--words "--learning-rate 0.1"] [--no-kill]

Trains on the 368 identities of `train`, clusters `dev` (other alphabets) with `hilander cluster`, and holds BCubed F
at the released tau of 0.8 against the published code's 0.60. A second training is killed (SIGKILL) half-way and
resumed: its checkpoint must be as accurate. Files lie in a temporary folder.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from hilander.hierarchy.run import Run
from hilander.train.state import saved_epoch
from suite.asked import at_least, within
from suite.datasets import Dataset, load
from suite.report import Verdict, rows_table, verdict_table
from suite.scoring import Row, measure

PUBLISHED_FB = 0.60
EPOCHS = 120
RECIPE = (
    f"--model lander --encoder gat --hidden 256 --layers 1 --epochs {EPOCHS} --ks 10 5 3 --tau 0.8 "
    "--batch 2048 --learning-rate 0.015 --own-rounds 0 --patience 0"
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", default="", help="more words for hilander train")
    parser.add_argument("--no-kill", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rows, verdicts = run(Path(name), shlex.split(args.words), kill=not args.no_kill)
    print(rows_table(rows))
    print(verdict_table(verdicts), end="")
    return int(not all(one.ok for one in verdicts))


def run(folder: Path, words: list[str], *, kill: bool) -> tuple[list[Row], list[Verdict]]:
    dev = load("omniglot dev")
    write(folder, "train", load("omniglot train"))
    write(folder, "dev", dev)
    began = time.perf_counter()
    hilander(train_words(folder, "whole", words))
    rows = [clustered(folder, "whole", dev, "LANDER, tau 0.8", time.perf_counter() - began)]
    verdicts = [at_least("Fb on dev, published 0.60", rows[0].scores.Fb, PUBLISHED_FB)]
    if kill:
        began = time.perf_counter()
        killed_half_way(folder, words)
        hilander([*train_words(folder, "again", words), "--resume"])
        rows.append(
            clustered(folder, "again", dev, "the same, killed and resumed", time.perf_counter() - began)
        )
        verdicts.append(within("Fb after kill and resume", rows[1].scores.Fb, rows[0].scores.Fb, 0.0))
    return rows, verdicts


def write(folder: Path, name: str, data: Dataset) -> None:
    np.save(folder / f"{name}.npy", data.x)
    lines = "".join(f"{row},{label}\n" for row, label in enumerate(data.labels))
    (folder / f"{name}.csv").write_text("id,label\n" + lines, encoding="utf-8")


def train_words(folder: Path, out: str, words: list[str]) -> list[str]:
    data = [str(folder / "train.npy"), "--labels", str(folder / "train.csv"), "--out", str(folder / out)]
    return ["train", *data, *RECIPE.split(), *words]


def hilander(words: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "hilander", *words], check=True, stdout=sys.stderr)


def killed_half_way(folder: Path, words: list[str]) -> None:
    command = [sys.executable, "-m", "hilander", *train_words(folder, "again", words)]
    with subprocess.Popen(command) as running:
        while (saved_epoch(folder / "again.training") or 0) < EPOCHS // 2:
            if running.poll() is not None:
                sys.exit("the training ended before it could be killed")
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)


def clustered(folder: Path, name: str, dev: Dataset, method: str, seconds: float) -> Row:
    out = folder / f"{name}-run"
    hilander(["cluster", str(folder / "dev.npy"), "--checkpoint", str(folder / name), "--out", str(out)])
    hierarchy = Run.load(out).hierarchy
    row = measure(
        dev.name, method, f"{hierarchy.n_levels} levels", dev.labels, hierarchy.labels_at("natural")
    )
    return Row(**vars(row) | {"seconds": seconds})


if __name__ == "__main__":
    sys.exit(main())
