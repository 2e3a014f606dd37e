"""A narrow network is taught what a wide one says, until it says nearly the same at a third of the time.

    the teacher, the sets that it judges  ->  a RelationalLANDER of `WIDTH`

First on the levels that the teacher merges; then, in a second sitting, also on those that the pupil merges itself and
the teacher judges: its small mistakes lead to clusters that the teacher never makes, and there it must know what to
say too (Ross, Gordon and Bagnell, A Reduction of Imitation Learning and Structured Prediction to No-Regret Online
Learning, AISTATS 2011). Knows nothing about which sets these are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import huber_loss

from checkpoint_data.lessons import Lesson
from hilander.model.ops import TorchOps
from hilander.model.relational import RelationalConfig, RelationalLANDER

WIDTH = 32
STEP = 6_000  # nodes, about
DENSITY, ODDS = 0.3, 0.05  # weights of the density's error and of the log-odds', beside the cross-entropy
SURE = 12.0  # log-odds beyond which nothing more is said
DECAY, CLIP = 1e-4, 1.0
MEMORY = 0.998  # of the mean over steps that is kept in the end


@dataclass(frozen=True)
class Sitting:
    """`rate`, the highest learning rate, which falls to 0 as half a cosine after `rising` steps; `firsts`, the share
    of first levels that each epoch looks at; a level of e links counts e ** `counts`."""

    epochs: int
    rate: float
    rising: int
    firsts: float
    counts: float


BEGINNING = Sitting(epochs=30, rate=4e-3, rising=100, firsts=1.0, counts=0.7)
ON_ITS_OWN = Sitting(epochs=15, rate=2e-3, rising=30, firsts=0.35, counts=0.5)


def pupil_of(teacher: RelationalLANDER, seed: int) -> RelationalLANDER:
    """New, but for the standardisation, which is its teacher's."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pupil = RelationalLANDER(RelationalConfig(WIDTH, teacher.config.rounds))
    for name in ("node_norm", "edge_norm", "whole_norm"):
        getattr(pupil, name).load_state_dict(getattr(teacher, name).state_dict())
    return pupil


def taught(
    pupil: RelationalLANDER,
    lessons: Sequence[Lesson],
    sitting: Sitting,
    seed: int,
    tell: Callable[[str], None],
) -> RelationalLANDER:
    """The pupil after one sitting: the mean of its weights over the last steps."""
    rng = np.random.default_rng(seed)
    each_epoch = [_steps(lessons, sitting, rng) for _ in range(sitting.epochs)]
    total, done = sum(map(len, each_epoch)), 0
    optimizer = torch.optim.AdamW(pupil.parameters(), lr=sitting.rate, weight_decay=DECAY)
    mean = {name: value.clone() for name, value in pupil.state_dict().items()}
    pupil.train()
    for epoch, steps in enumerate(each_epoch, start=1):
        apart = []
        for step in steps:
            rate = sitting.rate * min(1.0, (done + 1) / sitting.rising)
            optimizer.param_groups[0]["lr"] = rate * 0.5 * (1 + math.cos(math.pi * done / total))
            optimizer.zero_grad()
            apart += _learn(pupil, step, sitting)
            torch.nn.utils.clip_grad_norm_(pupil.parameters(), CLIP)
            optimizer.step()
            done += 1
            share = min(MEMORY, (done + 1) / (done + 20))
            for name, value in pupil.state_dict().items():
                mean[name].mul_(share).add_(value, alpha=1 - share)
        tell(f"epoch {epoch}/{sitting.epochs}: P differ by {np.mean(apart):.4f} in the mean of its levels")
    pupil.load_state_dict(mean)
    return pupil.eval()


def _steps(lessons: Sequence[Lesson], sitting: Sitting, rng: np.random.Generator) -> list[list[Lesson]]:
    """One epoch, in random order."""
    steps: list[list[Lesson]] = [[]]
    for place in rng.permutation(len(lessons)):
        one = lessons[place]
        if one.first and rng.random() >= sitting.firsts:
            continue
        if sum(map(len, steps[-1])) >= STEP:
            steps.append([])
        steps[-1].append(one)
    return steps


def _learn(pupil: RelationalLANDER, step: Sequence[Lesson], sitting: Sitting) -> list[float]:
    """Gradients of one step; returns by how much P differ, the mean of each lesson."""
    links = [one.log_odds.numel() for one in step]
    whole = sum(count**sitting.counts for count in links)
    apart = []
    for one, count in zip(step, links, strict=True):
        odds = _log_odds(pupil, one)
        loss = _loss(odds, one) * count ** (sitting.counts - 1) / whole
        loss.backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            apart.append(float((odds.sigmoid() - one.log_odds.sigmoid()).abs().mean()))
    return apart


def _log_odds(pupil: RelationalLANDER, lesson: Lesson) -> Tensor:
    seen = replace(lesson.seen, edge=lesson.seen.edge.float())
    logits: Tensor = pupil(seen, lesson.similarity, TorchOps(lesson.neighbors.long()))
    return logits[:, :, 1] - logits[:, :, 0]


def _loss(odds: Tensor, lesson: Lesson) -> Tensor:
    """Summed over the links: cross-entropy, and what the density (Eq. 4) and the log-odds are off by."""
    said, m = lesson.log_odds, lesson.log_odds.shape[1]
    prob = said.sigmoid()
    density = (lesson.similarity * 2 * (odds.sigmoid() - prob)).mean(1).abs().sum() * m
    apart = huber_loss(odds.clamp(-SURE, SURE), said.clamp(-SURE, SURE), reduction="sum")
    return cross_entropy(odds, prob, reduction="sum") + DENSITY * density + ODDS * apart
