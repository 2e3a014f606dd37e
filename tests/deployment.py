"""Dockerfile and compose.yaml as data, for the tests: instructions, services, and the commands that they run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Instruction:
    name: str
    words: str


def dockerfile(text: str | None = None) -> list[Instruction]:
    """The instructions in order, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text() if text is None else text
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    lines = [line.strip() for line in re.sub(r"\\\n", " ", code).splitlines() if line.strip()]
    return [Instruction(name.upper(), words) for name, words in (line.split(None, 1) for line in lines)]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def command(service: str, replaced: dict[str, str]) -> list[str]:
    """A service's command, parts of its words replaced."""
    words: list[str] = compose()["services"][service]["command"]
    for old, new in replaced.items():
        words = [word.replace(old, new) for word in words]
    return words
