"""A report as one HTML page that opens from disk: everything inline, nothing is fetched.

    texts and figures  ->  pieces of HTML

Every text of a user's goes through `shown`. The page allows no script but its own, by its hash.
Knows nothing about hierarchies or data sets.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence
from importlib.resources import files

SCRIPT = (files(__package__) / "report.js").read_text(encoding="utf-8")
STYLE = (files(__package__) / "report.css").read_text(encoding="utf-8")


def shown(text: str) -> str:
    """A user's text: shown letter by letter, its direction kept to itself."""
    return f"<bdi>{attribute(text)}</bdi>"


def attribute(text: str) -> str:
    """A user's text inside a quoted attribute. What UTF-8 cannot write becomes a question mark."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd"), quote=True)


def begin(title: str) -> str:
    """Up to and with the body's begin."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{attribute(title)}</title>\n<style>\n{STYLE}</style></head>\n<body><main>\n"
    )


def end() -> str:
    return f"</main><script>{SCRIPT}</script></body></html>\n"


def figures(pairs: Iterable[tuple[str, str, str]]) -> str:
    """Name, value and explanation of each headline number."""
    cells = (
        f'<div title="{attribute(told)}"><dt>{attribute(name)}</dt><dd>{attribute(value)}</dd></div>'
        for name, value, told in pairs
    )
    return f'<dl class="figures">{"".join(cells)}</dl>\n'


def table(
    columns: Sequence[tuple[str, str]], rows: Iterable[tuple[Sequence[str], str, bool]], caption: str
) -> str:
    """Columns (name, explanation); rows (cells, mark after the first cell, whether it is the one shown)."""
    heads = "".join(f'<th scope="col" title="{attribute(told)}">{attribute(it)}</th>' for it, told in columns)
    lines = []
    for cells, mark, here in rows:
        tag = f' <span class="mark">{attribute(mark)}</span>' if mark else ""
        first = f'<th scope="row">{attribute(cells[0])}{tag}</th>'
        rest = "".join(f"<td>{attribute(cell)}</td>" for cell in cells[1:])
        lines.append(f"<tr{' class=here aria-current=true' if here else ''}>{first}{rest}</tr>")
    return (
        f'<div class="wide"><table><caption>{attribute(caption)}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>\n"
    )


def folding(summary: str, content: str, *, is_open: bool) -> str:
    """HTML that can be folded away under its summary."""
    return (
        f"<details{' open' if is_open else ''}><summary>{attribute(summary)}</summary>{content}</details>\n"
    )


def filter_bar(clusters: int) -> str:
    """The search field over the cards; without scripts it stays hidden."""
    return (
        '<form class="filter" hidden><label>Find <input id="find" type="search" placeholder="id or label"></label>'
        '<label>At least <input id="least" type="number" min="1" value="1"> images</label>'
        f'<output id="found">{clusters:,} clusters</output></form>\n'
    )


def card(
    *,
    title: str,
    lines: Sequence[str],
    find: str,
    size: int,
    peak: str,
    peak_name: str,
    strip: Sequence[str],
    more: int,
) -> str:
    """One cluster. `lines` are HTML (see `shown`); peak and strip are data URLs, empty where there is no image."""
    small = "".join(f'<img src="{attribute(url)}" alt="" loading="lazy">' for url in strip)
    rest = f'<span class="more">+{more:,}</span>' if more else ""
    large = (
        f'<img class="peak" src="{attribute(peak)}" alt="{attribute(peak_name)}" loading="lazy">'
        if peak
        else ""
    )
    told = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f'<article data-find="{attribute(find.lower())}" data-size="{size}">{large}'
        f'<div class="words"><h3>{attribute(title)}</h3>{told}</div><div class="strip">{small}{rest}</div></article>\n'
    )
