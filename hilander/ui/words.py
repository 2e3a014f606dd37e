"""Numbers and moments as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

NO_ADDRESS = "no confirmed address"  # of somebody whose address no provider has verified


def count(number: int, noun: str, plural: str | None = None) -> str:
    """ "1 image", "1,200 images"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(value: float | None) -> str:
    """A figure in [0, 1] with two digits, a dash when there is none."""
    return "–" if value is None else f"{value:.2f}"


def signed(value: float) -> str:
    """A figure in [-1, 1] with two digits and a true minus sign; never "−0.00"."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def seconds(value: float) -> str:
    """ "0.4 s", "75 s", "12 min"; nothing where the clock was set back meanwhile."""
    if value < 10:
        return f"{max(0.0, value):.1f} s"
    return f"{value:.0f} s" if value < 300 else f"{value / 60:.0f} min"


def when(moment: datetime) -> str:
    """How long ago, roughly; the date when it is more than a week."""
    ago = (datetime.now(UTC) - moment).total_seconds()
    steps = ((90, "just now", 1.0), (5400, "{:.0f} min ago", 60.0), (129_600, "{:.0f} h ago", 3600.0))
    for limit, form, unit in steps:
        if ago < limit:
            return form.format(ago / unit)
    return f"{ago / 86_400:.0f} days ago" if ago < 604_800 else moment.strftime("%d %b %Y")


def on(moment: datetime) -> str:
    """Date and time where the browser is.

    Unlike `when` it is the same a minute later: a browser names a choice by its text, and may do so late.
    """
    try:
        zone: tzinfo = ZoneInfo(st.context.timezone or "UTC")
    except (ValueError, ZoneInfoNotFoundError):
        zone = UTC
    return moment.astimezone(zone).strftime("%d %b %Y, %H:%M")


def escaped(text: str) -> str:
    """A user's text for places that read Markdown: shown letter by letter."""
    return "".join(f"\\{c}" if c in _MARKS else c for c in text)


def quoted(text: str, most: int = 32) -> str:
    """A user's text within a sentence, for places that read Markdown: in quotation marks, short, on one line, and
    marked off, so that text that runs from right to left leaves the sentence around it as it is."""
    line = " ".join(text.split())
    return f"“\u2068{escaped(line if len(line) <= most else line[: most - 1] + '…')}\u2069”"


_MARKS = frozenset("\\`*_{}[]()<>#+-.!|~$:&")
