"""Pictures changed at random, as another photograph of the same thing would be: moved, turned, lit differently.

Draws from torch's generator as it is; knows nothing about classes.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from small_embedder.network import SIDE


def changed(pixels: torch.Tensor, *, drawn: bool) -> torch.Tensor:
    """uint8 (n, c, h, w) -> float32 (n, 3, 96, 96) in [0, 1]; `drawn` is given ink and paper of any colours."""
    pictures = _moved(pixels.float() / 255)
    pictures = _inked(pictures) if drawn else pictures.expand(-1, 3, -1, -1)
    return _noisy(_lit(pictures))


def _moved(pictures: torch.Tensor, turn: float = 0.2, zoom: float = 0.2, way: float = 0.12) -> torch.Tensor:
    """Turned by up to `turn` rad, made larger or smaller, wider or higher, shifted; read at 96 x 96."""
    n = len(pictures)
    angle, size = _between(n, turn), torch.exp(_between(n, zoom))
    wide = torch.exp(_between(n, zoom / 2))
    cos, sin, shift = angle.cos(), angle.sin(), (torch.rand(n, 2) * 2 - 1) * way
    rows = torch.stack(
        [cos * size * wide, -sin * size, shift[:, 0], sin * size, cos * size / wide, shift[:, 1]], 1
    )
    where = functional.affine_grid(
        rows.view(n, 2, 3), [n, pictures.shape[1], SIDE, SIDE], align_corners=False
    )
    return functional.grid_sample(pictures, where, padding_mode="border", align_corners=False)


def _inked(ink: torch.Tensor) -> torch.Tensor:
    """Grey strokes (n, 1, h, w) as RGB: half of them white on black or black on white, half of any two colours."""
    n = len(ink)
    paper, pen = torch.rand(n, 3, 1, 1), torch.rand(n, 3, 1, 1)
    near = (paper.mean(1, keepdim=True) - pen.mean(1, keepdim=True)).abs() < 0.3
    plain = (torch.rand(n, 1, 1, 1) < 0.5) | near
    white = (torch.rand(n, 1, 1, 1) < 0.5).float()
    paper, pen = torch.where(plain, white, paper), torch.where(plain, 1 - white, pen)
    return paper + (pen - paper) * ink


def _lit(pictures: torch.Tensor, light: float = 0.25, tint: float = 0.08) -> torch.Tensor:
    n = len(pictures)
    gain = torch.exp(_between(n, light).view(n, 1, 1, 1) + (torch.rand(n, 3, 1, 1) * 2 - 1) * tint)
    gamma = torch.exp(_between(n, light)).view(n, 1, 1, 1)
    return ((pictures + 1e-4) ** gamma * gain).clamp(0, 1)


def _noisy(pictures: torch.Tensor, most: float = 0.04) -> torch.Tensor:
    return (pictures + torch.randn_like(pictures) * torch.rand(len(pictures), 1, 1, 1) * most).clamp(0, 1)


def _between(n: int, most: float) -> torch.Tensor:
    return (torch.rand(n) * 2 - 1) * most
