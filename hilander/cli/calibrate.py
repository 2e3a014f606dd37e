"""`hilander calibrate RUN`: the cut that a few labels or answers speak for, or the pairs to ask about."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hilander.calibrate.choose import Answers, Calibration, Choice, answers_from_labels
from hilander.cli.values import whole
from hilander.config import check_whole
from hilander.errors import InputError
from hilander.hierarchy.run import Run
from hilander.io.judgements import read_judged
from hilander.io.labels import align_labels, read_labels
from hilander.io.tables import table_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help="folder that `hilander cluster` made")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--labels",
        metavar="CSV",
        type=Path,
        help="some labelled images, columns id and label; a few dozen are enough",
    )
    source.add_argument(
        "--pairs",
        metavar="CSV",
        type=Path,
        help="pairs judged the same or different, columns a, b (ids) and same (yes or no)",
    )
    parser.add_argument(
        "--ask",
        metavar="N",
        type=whole,
        help="print the N pairs whose answers tell most, as CSV to fill in and give to --pairs",
    )
    parser.add_argument("--json", action="store_true", help="print JSON alone")


def run(args: argparse.Namespace) -> None:
    if args.ask is not None:
        check_whole("--ask", args.ask, least=1, hint="20 is usual")
    if args.ask is None and args.labels is None and args.pairs is None:
        raise InputError(
            "hilander calibrate: expected --labels, --pairs or --ask; got none of them. "
            "Begin with --ask 20 > pairs.csv, fill in the column same, and give the file to --pairs."
        )
    run = Run.load(args.run)
    answers = _answers(args, run)
    calibration = Calibration(run.hierarchy)
    if args.ask is not None:
        _print_questions(calibration.ask(answers, args.ask), run.id_list(), as_json=args.json)
        return
    choice = calibration.choose(answers)
    facts = _facts(args.run, answers, choice)
    print(json.dumps(facts, indent=1, allow_nan=False) if args.json else _told(args, run, facts))


def _answers(args: argparse.Namespace, run: Run) -> Answers:
    if args.labels is not None:
        matched = align_labels(read_labels(args.labels), run.ids, run.hierarchy.n)
        answers = answers_from_labels(matched.codes)
        if matched.note:
            _note(matched.note)
        return answers
    if args.pairs is None:
        return Answers.none()
    judged = read_judged(args.pairs, run.id_list())
    if judged.unanswered:
        every = len(judged) + judged.unanswered
        _note(f"{judged.unanswered:,} of {every:,} pairs have no answer yet and are left out.")
    return Answers(judged.a, judged.b, judged.same)


def _note(words: str) -> None:
    print(f"hilander: {words}", file=sys.stderr)


def _print_questions(pairs: list[tuple[int, int]], ids: NDArray[np.str_], *, as_json: bool) -> None:
    if not pairs:
        raise InputError("there is no pair left to ask about. Run hilander calibrate without --ask.")
    a, b = ([str(ids[row]) for row in column] for column in zip(*pairs, strict=True))
    columns = {"a": a, "b": b, "same": [""] * len(a)}
    print(table_bytes(columns, "json" if as_json else "csv").decode(), end="")


def _facts(folder: Path, answers: Answers, choice: Choice) -> dict[str, Any]:
    """What is printed as JSON, and the sentences are made of."""
    return {
        "pairs": len(answers),
        "same": int(answers.same.sum()),
        "level": choice.cut.level,
        "min_link": choice.cut.min_link,
        "clusters": choice.clusters,
        "expected_score": round(choice.expected, 4),
        "low": round(choice.low, 4),
        "high": round(choice.high, 4),
        "near_best": round(choice.sure, 4),
        "expected_score_natural": round(choice.natural, 4),
        "command": f"hilander cut {shlex.quote(str(folder))} {choice.cut.words()} --out clusters.csv",
    }


def _told(args: argparse.Namespace, run: Run, facts: dict[str, Any]) -> str:
    cut = (
        f"level {facts['level']}"
        if facts["min_link"] is None
        else f"links of {facts['min_link']:.4g} or more"
    )
    source = "pairs of labelled images" if args.labels else "answers"
    return "\n".join(
        [
            f"{facts['pairs']:,} {source}: {facts['same']:,} same, {facts['pairs'] - facts['same']:,} different",
            f"best cut: {cut}, {facts['clusters']:,} clusters of {run.hierarchy.n:,} images",
            f"expected score (Fp + Fb) / 2: {facts['expected_score']:.2f}, "
            f"with a belief of 80 % between {facts['low']:.2f} and {facts['high']:.2f}; "
            f"natural level {run.hierarchy.natural_level}: {facts['expected_score_natural']:.2f}",
            f"within 0.02 of the best cut with a belief of {facts['near_best']:.0%}",
            f"apply it: {facts['command']}",
        ]
    )
