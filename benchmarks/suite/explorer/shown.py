"""Tests of the page, as JavaScript: that what was asked for is on the screen, pictures and all."""

MAP = "stopwatch.all('.map canvas').some((it) => Number(it.dataset.drawn) > 0)"


def gallery_at(level: int, page: int | None = None) -> str:
    """The gallery of a level."""
    start = f"Clusters at level {level}, page" + ("" if page is None else f" {page} of")
    return f"stopwatch.loaded(stopwatch.group({start!r}))"


def cluster_of(peak: int) -> str:
    """The members of that cluster."""
    members = "stopwatch.group('Members')"
    return (
        f"stopwatch.heading(/^Cluster of /) && {members}?.querySelector('[data-id=\"{peak}\"]')"
        f" && stopwatch.loaded({members})"
    )
