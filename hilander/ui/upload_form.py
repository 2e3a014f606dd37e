"""Adding a data set: choose files, see at once what matched, import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from hilander.io.embeddings import READERS
from hilander.io.match import MatchBy
from hilander.services.access import SERVER, Action
from hilander.services.datasets import UploadReport
from hilander.services.door import uploads
from hilander.services.server_paths import ROOTS_VARIABLE, data_roots
from hilander.ui import embed_form
from hilander.ui.components import Card, image_grid
from hilander.ui.guard import guarded
from hilander.ui.visit import may, visit
from hilander.ui.words import count, escaped

EMBEDDINGS = [suffix[1:] for suffix in READERS]
IMAGES, LABELS = ["zip", "tar", "gz", "tgz", "parquet"], ["csv", "parquet"]
MOST_FIGURES = 6
BY_ID, BY_ORDER = "By id", "By file name order"


def upload_form() -> None:
    """Three files in, a report at once, a button that imports."""
    turn = st.session_state.setdefault("upload-turn", 0)
    st.caption(_limit())
    one, two, three = st.columns(3, gap="medium")
    with one:
        embeddings = _file(
            "Embeddings",
            EMBEDDINGS,
            f"embeddings-{turn}",
            "One row an image. An id column (or array) matches rows to file names.",
        )
    with two:
        images = _file(
            "Images (archive)",
            IMAGES,
            f"images-{turn}",
            "A zip or tar, folders inside are fine, or a Parquet file with a column of images: "
            "JPEG, PNG, WebP, BMP, GIF or TIFF.",
        )
    with three:
        labels = _file(
            "Labels (optional)", LABELS, f"labels-{turn}", "Columns id and label: adds scores to the levels."
        )
    if embeddings is not None:
        match: MatchBy | None = "order" if st.session_state.get(f"match-{turn}") == BY_ORDER else None
        report = _inspected(uploads.inspect_upload, embeddings, images, labels, match)
    elif images is not None:
        embedder = embed_form.choose(turn, _file)
        if embedder is None:
            return
        report = _inspected(uploads.inspect_images, images, labels, embedder)
    else:
        st.caption(
            "Begin with the embeddings, or with images alone: hilander can embed them. "
            "Without an id in the file, row i goes with the i-th file name in sorted order."
        )
        return
    _show(report, turn)
    _import(report)


def _limit() -> str:
    """How much fits through the browser, and the way in for what is larger."""
    megabytes = int(st.get_option("server.maxUploadSize"))
    limit = f"{megabytes / 1024:g} GB" if megabytes >= 1024 else f"{megabytes} MB"
    limit = f":material/upload_file: Up to {limit} a file through the browser."
    if not may(Action.SERVER_PATHS, SERVER):
        return f"{limit} Larger data an administrator brings in, and shares with you."
    path = (
        "its path below" if data_roots() else f"a path on the server, once {ROOTS_VARIABLE} names the folders"
    )
    return (
        f"{limit} Larger data come in by {path}, or by "
        "`hilander import EMBEDDINGS --images ARCHIVE_OR_FOLDER` on the server."
    )


def _may_name_paths() -> bool:
    return bool(data_roots()) and may(Action.SERVER_PATHS, SERVER)


def _file(label: str, suffixes: list[str], key: str, told: str) -> Path | None:
    """A file that was uploaded, or named on the server where that is allowed; the path counts where both are there."""
    uploaded = st.file_uploader(label, suffixes, key=key, help=told)
    named = ""
    if _may_name_paths():
        named = st.text_input(
            f"{label}: path on the server",
            key=f"path-{key}",
            label_visibility="collapsed",
            placeholder="or its path on the server",
        )
    if named.strip():
        return uploads.server_path(visit(), named)
    return None if uploaded is None else _staged(uploaded)


def _staged(file: UploadedFile) -> Path:
    """The upload as a file in the workspace, written once."""
    known: dict[str, Path] = st.session_state.setdefault("staged", {})
    path = known.get(file.file_id)
    if path is None or not path.exists():
        with st.spinner(f"Saving {escaped(file.name)} …"):
            path = known[file.file_id] = uploads.stage(visit(), file.name, file)
    return path


def _inspected(inspect: Callable[..., UploadReport], *asked: object) -> UploadReport:
    """What `inspect` says of what was asked, looked at once."""
    if st.session_state.get("inspected-files") != asked:
        with st.spinner("Looking at the files …"):
            st.session_state["inspected"] = inspect(visit(), *asked)
        st.session_state["inspected-files"] = asked
    report: UploadReport = st.session_state["inspected"]
    return report


def _show(report: UploadReport, turn: int) -> None:
    """What matched, in numbers, pictures and words."""
    figures = _figures(report)
    with st.container(border=True, key="upload-report"):
        for column, (name, value, told) in zip(
            st.columns(MOST_FIGURES)[: len(figures)], figures, strict=True
        ):
            column.metric(name, "–" if value is None else f"{value:,}", help=told)
        if report.has_ids and report.images is not None:
            st.segmented_control(
                "Rows and images go together",
                [BY_ID, BY_ORDER],
                default=BY_ID,
                required=True,
                key=f"match-{turn}",
                help="By order, row i goes with the i-th file name in sorted order, whatever the ids say.",
            )
        if report.images is not None and report.first_images:
            cards = [Card(i, url, name) for i, (name, url) in enumerate(uploads.preview(visit(), report))]
            image_grid(cards, key="first-images", label="First images", layout="twelve")
        for note in report.notes:
            st.caption(f":material/info: {escaped(note)}")
        _unmatched("without an image", "row", report.rows_without_image, report.rows_without_image_count)
        _unmatched("without a row", "image", report.images_without_row, report.images_without_row_count)
        _unmatched("that cannot be read", "image", report.broken_images, len(report.broken_images))
        for problem in report.problems:
            if report.can_keep_matching:
                st.warning(escaped(problem), icon=":material/link_off:")
            else:
                st.error(escaped(problem), icon=":material/error:")


def _figures(report: UploadReport) -> list[tuple[str, int | None, str]]:
    """Each figure's name, value and meaning; of images that are to be embedded there are two."""
    classes = count(report.classes, "class", "classes")
    images = ("Images", report.image_count, "Images in the archive or folder")
    if report.embedder is not None:
        return [images, ("Labels", report.label_count, f"Labelled images, of {classes}")]
    return [
        ("Rows", report.rows, "Embeddings in the file"),
        ("Dimension", report.dim, "Numbers in one embedding"),
        images,
        ("Matched", report.matched if report.image_count else None, "Rows that have their image"),
        ("Labels", report.label_count, f"Labelled rows, of {classes}"),
        ("Duplicates", report.duplicate_rows, "Rows whose embedding is exactly that of an earlier row"),
    ]


def _unmatched(what: str, noun: str, names: tuple[str, ...], total: int) -> None:
    if total:
        with st.expander(f"{count(total, noun)} {what}", icon=":material/link_off:"):
            more = "" if total <= len(names) else f"\n… and {total - len(names):,} more"
            st.code("\n".join(names) + more, language=None, height=160)


def _import(report: UploadReport) -> None:
    keep = False
    if report.can_keep_matching:
        keep = st.checkbox(
            f"Go on with the {report.matched:,} that match and leave the rest out", key="keep-matching"
        )
    allowed = report.can_import or keep
    with st.container(horizontal=True, vertical_alignment="bottom"):
        turn = st.session_state["upload-turn"]
        name = st.text_input("Name of the data set", report.name, key=f"name-{turn}", max_chars=80, width=360)
        # An archive that is still on its way is unknown here: what is left out is said on the button itself.
        st.button(
            _deed(report),
            type="secondary" if report.images is None else "primary",
            icon=":material/upload:",
            disabled=not (allowed and name.strip()),
            on_click=_submit,
            args=(report, turn),
        )


def _deed(report: UploadReport) -> str:
    if report.embedder is not None:
        return "Embed and import"
    return "Import without images" if report.images is None else "Import"


def _submit(report: UploadReport, turn: int) -> None:
    """Before the page is drawn again, without the files; a second click on the old button does nothing.

    Name and choice are read as they are now: they may have been typed after the page was drawn.
    """
    with guarded():
        if st.session_state["upload-turn"] == turn:
            name, keep = (
                st.session_state[f"name-{turn}"].strip(),
                st.session_state.get("keep-matching", False),
            )
            uploads.submit_import(visit(), report, name, keep_matching=keep)
            st.session_state["upload-turn"] += 1
