"""Accuracy on embeddings that the default checkpoint has never seen, beside other methods: tables, and what was asked.

    python benchmarks/accuracy.py [--checkpoint NAME_OR_FOLDER]

score = (Fp + Fb) / 2. The other methods are at their best setting or layer, chosen with the labels; hilander's
natural level uses none. Writes benchmarks/results/accuracy.md; exits with 1 when something asked for is short.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from hilander.config import DEFAULT_CHECKPOINT
from suite.answers import ANSWERS_HEAD, Regrets, regrets
from suite.asked import COMPARISON_HEAD, FINE_SET, Comparison, against_peers, within
from suite.changed import all_changes
from suite.compared import peer_rows
from suite.datasets import MEASURED, load
from suite.halves import unseen
from suite.ours import cluster, warm_up
from suite.peers import PACKAGES
from suite.report import ROW_HEAD, Verdict, circumstances, row_cells, table, verdict_table, write_result
from suite.scoring import Row

SPACE_HEAD = ("embeddings of omniglot dev", "score", "difference", "Fp", "Fb", "NMI", "clusters")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", default=DEFAULT_CHECKPOINT, help="a shipped name or a folder")
    checkpoint = parser.parse_args().checkpoint
    began = time.perf_counter()
    warm_up(checkpoint)
    comparisons = [compare(name, checkpoint) for name in MEASURED]
    rows = [row for one in comparisons for row in (one.natural, one.best, *one.peers)]
    answered = [one for name in MEASURED for one in answered_rows(name, checkpoint)]
    spaces, moved = other_spaces(checkpoint)
    verdicts = [verdict for one in comparisons for verdict in against_peers(one)]
    verdicts += [one.verdict() for one in answered if one.way == "asked"] + moved
    seconds = time.perf_counter() - began
    tables = {
        "Every method": table(ROW_HEAD, map(row_cells, rows)),
        "Against the others": table(COMPARISON_HEAD, (one.cells() for one in comparisons)),
        "Regret against number of answers": table(ANSWERS_HEAD, (one.cells() for one in answered)),
        "The same images in other spaces": table(SPACE_HEAD, spaces),
        "Asked and got": verdict_table(verdicts),
    }
    head = f"# Accuracy\n\n{circumstances(PACKAGES, checkpoint)}\nMeasured in {seconds:.0f} s.\n"
    text = head + "".join(f"\n## {title}\n\n{body}" for title, body in tables.items())
    print(text)
    write_result("accuracy.md", text)
    return 0 if all(one.ok for one in verdicts) else 1


def compare(name: str, checkpoint: str) -> Comparison:
    """Run everything on one data set, telling each row as it comes."""
    data = unseen(name)
    ours = cluster(data, checkpoint=checkpoint)
    for row in (ours.natural, ours.best):
        tell(row)
    return Comparison(data.name, ours.natural, ours.best, list(told(peer_rows(data))))


def answered_rows(name: str, checkpoint: str) -> tuple[Regrets, Regrets]:
    """The cut that answers to "same or different?" choose, on one data set."""
    data = unseen(name)
    found = regrets(data, cluster(data, checkpoint=checkpoint).hierarchy)
    for one in found:
        print(" ".join(one.cells()), file=sys.stderr, flush=True)
    return found


def other_spaces(checkpoint: str) -> tuple[list[list[str]], list[Verdict]]:
    """The fine set turned, projected and padded: rows of a table, and what was asked."""
    data = load(FINE_SET)
    plain = cluster(data, checkpoint=checkpoint).natural
    rows, verdicts = [space_cells("as they are", plain, plain)], []
    for name, allowed, changed in all_changes(data):
        row = cluster(changed, checkpoint=checkpoint).natural
        rows.append(space_cells(name, row, plain))
        verdicts.append(within(f"4. {FINE_SET} {name}", row.score, plain.score, allowed))
    return rows, verdicts


def space_cells(name: str, row: Row, plain: Row) -> list[str]:
    got = row.scores
    figures = [f"{value:.3f}" for value in (got.Fp, got.Fb, got.NMI)]
    return [name, f"{row.score:.3f}", f"{row.score - plain.score:+.3f}", *figures, str(row.clusters)]


def told(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        tell(row)
        yield row


def tell(row: Row) -> None:
    print(f"{row.data}: {row.method} {row.score:.3f} ({row.seconds:.1f} s)", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
