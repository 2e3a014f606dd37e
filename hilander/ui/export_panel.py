"""The cut, taken away: as a table, as folders of images, as a report, or as a link."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import streamlit as st

from hilander.io.tables import Format, table_bytes
from hilander.services.door import exports
from hilander.services.report import left_out_words
from hilander.ui import folders_export, opened, share_link
from hilander.ui.annotated import annotated, excluded
from hilander.ui.audit_view import has_labels
from hilander.ui.explored import Explored
from hilander.ui.run_list import stopped_as_asked
from hilander.ui.visit import at_press, visit
from hilander.ui.words import count

TITLES = {
    "level": "Cut at level {level}",
    "links": "Cut by links of {links}",
    "mixed": "Mixed cut from level {level}",
}
TABLES: dict[str, Format] = {"CSV table": "csv", "Parquet table": "parquet", "JSON table": "json"}
FOLDERS, REPORT = "Images in folders (zip)", "Report (HTML)"
REPORT_TOLD = (
    "One HTML page that opens from disk: levels, clusters largest first, peaks, sizes, weakest links."
)


def export_panel(now: Explored) -> None:
    """Which form, what it will hold, and the button."""
    with st.container(border=True, key="export"):
        title, share = st.columns([2, 1.1], vertical_alignment="center")
        title.markdown(f"**{TITLES[now.cut.kind].format(level=now.level, links=now.cut.min_link)}**")
        with share:
            share_link.share(now)
        form = st.selectbox(
            "Form", [*TABLES, FOLDERS, REPORT], key="cut-format", label_visibility="collapsed"
        )
        if form == FOLDERS:
            folders_export.folders_export(now, _file_name(now, "zip"))
        elif form == REPORT:
            st.caption(REPORT_TOLD)
            _download(now, partial(_report, now), "html", "HTML")
        else:
            said = ", name, mark, note" if annotated(now.run_row.id).has_clusters else ""
            st.caption(f"{count(_rows(now), 'row')}, one an image: id, cluster, peak{said}.")
            fmt = TABLES[form]
            _download(now, partial(_table, now, fmt), fmt, form.removesuffix(" table"))
        if out := len(excluded(now.run_row.id)):
            st.caption(left_out_words(out))


def _download(now: Explored, data: Callable[[], bytes], suffix: str, form: str) -> None:
    """The button names the form: until the page has drawn the one that was chosen, it gives the one before."""
    st.download_button(
        f"Download {count(now.gallery.n_clusters, 'cluster')} as {form}",
        data=at_press(data),
        file_name=_file_name(now, suffix),
        icon=":material/download:",
        type="primary",
        width="stretch",
        on_click="ignore",
    )


def _rows(now: Explored) -> int:
    return now.hierarchy.n - len(excluded(now.run_row.id))


def _table(now: Explored, fmt: Format) -> bytes:
    return table_bytes(exports.table(visit(), now.run_row.id, now.dataset, now.hierarchy, now.cut), fmt)


def _report(now: Explored) -> bytes:
    file = io.BytesIO()
    exports.write_report(
        visit(),
        now.run_row.id,
        file,
        now.dataset,
        run_name=now.run_row.name,
        hierarchy=now.hierarchy,
        rows=now.rows,
        cut=now.cut,
        gallery=now.gallery,
        audit=opened.audit(now.dataset.row.id, now.run_row.id, now.cut) if has_labels(now) else None,
        excluded=excluded(now.run_row.id),
        stopped=bool(stopped_as_asked(now.run_row)),
        said=annotated(now.run_row.id),
    )
    return file.getvalue()


def _file_name(now: Explored, suffix: str) -> str:
    """Data set and cut, as a file name that every system takes."""
    cut = now.cut
    of_cut = (
        f"level{cut.level}" + {"level": "", "mixed": "_mixed", "links": f"_links{cut.min_link}"}[cut.kind]
    )
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in now.dataset.row.name)[:60] or "clusters"
    return f"{name}_{of_cut}.{suffix}"
