"""What a report tells of a small cut, by hand; and that no text of a user's becomes HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from hilander.views import report_page
from hilander.views.audit import audit
from hilander.views.gallery import gallery_of
from hilander.views.report import Rest, report_clusters
from tests.ui.conftest import forest

EVIL = [
    '<img src=x onerror="alert(1)">',
    "\"'><script>alert(1)</script>",
    "a&b",
    "שלום\u202e",
    "\0\ud800",
    "-->",
]


def clusters(at_most=9, codes=None, excluded=None, level=2):
    gallery = gallery_of(forest().peak_of(level))
    told = None if codes is None else audit(np.array(codes), gallery)
    return report_clusters(forest(), gallery, told, at_most=at_most, strip=2, excluded=excluded)


def test_the_largest_clusters_and_the_rest():
    shown, rest = clusters(at_most=1)
    (first,) = shown
    assert (first.number, first.peak, first.size, first.strip, first.more) == (0, 1, 5, (0, 6), 2)
    assert first.weakest == pytest.approx(0.6)  # 5 joined 1 with it
    assert rest == Rest(clusters=2, images=3, singles=1)


def test_single_images_have_no_link_and_no_strip():
    shown, rest = clusters()
    assert (shown[2].peak, shown[2].weakest, shown[2].strip, shown[2].more) == (7, None, (), 0)
    assert rest == Rest(0, 0, 0)


def test_the_most_common_label_and_its_purity():
    shown, _ = clusters(codes=[4, 4, 2, -1, -1, -1, -1, -1])
    assert (shown[0].identity, shown[0].purity) == (4, pytest.approx(2 / 3))
    assert (shown[1].identity, shown[1].purity) == (None, None)


def test_excluded_images_are_in_no_cluster():
    shown, _ = clusters(excluded=np.array([1, 5, 6, 7]))
    assert [(it.number, it.peak, it.size) for it in shown] == [(0, 0, 2), (1, 4, 2)]
    assert shown[0].strip == (2,)


class Seen(HTMLParser):
    """Tags and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("text", EVIL)
def test_texts_are_shown_and_never_become_html(text):
    page = report_page.card(
        title=text,
        lines=[report_page.shown(text)],
        find=text,
        size=1,
        peak="",
        peak_name=text,
        strip=[],
        more=0,
    )
    whole = report_page.begin(text) + page + report_page.table([(text, text)], [([text], text, True)], text)
    whole += report_page.figures([(text, text, text)]) + report_page.end()
    whole.encode()
    plain, seen = Seen(), Seen()
    plain.feed(whole.replace(report_page.attribute(text), "x"))
    seen.feed(whole)
    assert [tag for tag, _ in seen.tags] == [tag for tag, _ in plain.tags]
    assert [[name for name, _ in attrs] for _, attrs in seen.tags] == [
        [name for name, _ in attrs] for _, attrs in plain.tags
    ]
    assert len([tag for tag, _ in seen.tags if tag == "script"]) == 1
    assert not re.search(r"<img[^>]*onerror", whole)


def test_the_page_runs_its_own_script_alone_and_fetches_nothing():
    whole = report_page.begin("t") + report_page.end()
    assert "default-src 'none'; img-src data:;" in whole
    assert "script-src 'sha256-" in whole
    assert not re.search(r"(src|href)=", whole)
    assert "http" not in whole.replace("http-equiv", "")
