"""The images of a cut in a folder a cluster, as zip files: at once where it is little, else prepared in a job."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import streamlit as st

from hilander.errors import InputError
from hilander.services import access
from hilander.services.access import Action
from hilander.services.door import datasets, exports
from hilander.services.exports import Asked, Images, Packed
from hilander.ui import url
from hilander.ui.explored import Explored
from hilander.ui.guard import guarded, pressed
from hilander.ui.visit import at_press, may, visit
from hilander.ui.whole_page import rerun_if_asked, whole_page
from hilander.ui.words import count, escaped

AT_ONCE = 5_000  # thumbnails that are packed while the browser waits: about 20 MB, half a second
POLL = 0.6  # s
NAMES: dict[Images, str] = {"originals": "Originals", "thumbnails": "Thumbnails"}
COMMAND = "hilander cut CLUSTERS.csv --folders sorted --images YOUR_FOLDER_OR_ZIP"


def folders_export(now: Explored, file_name: str) -> None:
    if now.dataset.names is None:
        st.caption("This data set has no images, so there is nothing to put into folders. Take a table.")
        return
    images = _which_images(now)
    st.caption("A zip with a folder a cluster, named by its number and peak, and a list of all images.")
    asked = Asked(now.run_row.id, now.cut, images)
    if images == "thumbnails" and now.hierarchy.n <= AT_ONCE:
        _download("Download the zip", partial(_packed_now, now, asked), file_name, "zip-now")
    else:
        _prepared(now, asked, file_name)


def _which_images(now: Explored) -> Images:
    """Originals where they are still there; else thumbnails, and how to sort one's own originals."""
    if datasets.has_originals(visit(), now.dataset.row.id, now.dataset):
        chosen: Images | None = st.segmented_control(
            "Images",
            list(NAMES),
            format_func=lambda name: NAMES[name],
            default="thumbnails",
            required=True,
            key="folders-images",
            help="Originals: as uploaded; an upload is kept for a day. Thumbnails: at most 160 pixels a side (WebP).",
        )
        return chosen or "thumbnails"
    st.caption("Thumbnails of at most 160 pixels: the originals are no longer on the server.")
    with st.popover("Sort your own originals", icon=":material/folder_copy:", width="stretch"):
        st.markdown("Download the **CSV**, then run this beside your images:")
        st.code(COMMAND, language="bash", wrap_lines=True)
        st.caption(
            "It copies each image into the folder of its cluster; images are found by their ids' names."
        )
    return "thumbnails"


def _packed_now(now: Explored, asked: Asked) -> bytes:
    return exports.zip_now(visit(), asked, now.dataset, now.hierarchy)


def _prepared(now: Explored, asked: Asked, file_name: str) -> None:
    """Prepare in the job process, show how far it is, then offer the parts."""
    key = exports.key_of(visit(), asked)
    job = exports.waiting(visit(), asked, key)
    running = job is not None and not job.is_over

    @st.fragment(run_every=POLL if running else None)
    def poll() -> None:
        with guarded():
            found = exports.packed(visit(), asked, key)
            if found is not None and not running:
                _parts(asked, key, found, file_name)
            elif running:
                _progress(asked, key)
            else:
                _ask(key, asked)

    poll()


def _ask(key: str, asked: Asked) -> None:
    job = exports.waiting(visit(), asked, key)
    if job is not None and job.is_over and job.state not in ("done", "cancelled"):
        st.warning(f"The zip was not made: {escaped(job.error or job.state)}", icon=":material/error:")
    st.button(
        "Prepare the zip",
        icon=":material/folder_zip:",
        type="primary",
        width="stretch",
        key="zip-ask",
        on_click=whole_page(partial(_request, asked)),
        args=(0,),
    )
    rerun_if_asked()


def _request(asked: Asked, _: int) -> None:
    with suppress(InputError):  # the run is gone: the page, drawn again, says so
        exports.request(visit(), asked)


def _progress(asked: Asked, key: str) -> None:
    job = exports.waiting(visit(), asked, key)
    if job is None or job.is_over:
        url.again()
    done, total = int(job.progress.get("done", 0)), int(job.progress.get("total", 0))
    text = f"Packing {done:,} of {count(total, 'image')}" if total else "Waiting for the job process …"
    st.progress(min(1.0, done / total) if total else 0.0, text=text)
    if may(Action.CANCEL, access.job(job.id)):
        st.button(
            "Cancel",
            key="zip-cancel",
            width="stretch",
            disabled=job.cancel,
            on_click=pressed(_cancel),
            args=(asked, key),
        )


def _cancel(asked: Asked, key: str) -> None:
    exports.cancel(visit(), asked, key)


def _parts(asked: Asked, key: str, found: Packed, file_name: str) -> None:
    if found.note:
        st.caption(escaped(found.note))
    total = len(found.parts)
    if total > 1:
        size = sum(path.stat().st_size for path in found.parts) / 1e6
        st.caption(f"{count(total, 'part')}, {size:,.0f} MB in all; unpack them into one place.")
    for number, path in enumerate(found.parts, 1):
        name = file_name if total == 1 else file_name.replace(".zip", f"_{number}of{total}.zip")
        words = "the zip" if total == 1 else f"part {number} of {total}"
        size = path.stat().st_size / 1e6
        _download(
            f"Download {words} ({size:,.1f} MB)",
            partial(_read, asked, key, number - 1),
            name,
            f"zip-{number}",
        )


def _read(asked: Asked, key: str, number: int) -> bytes:
    return exports.part(visit(), asked, key, number)


def _download(label: str, data: partial[bytes], file_name: str, key: str) -> None:
    st.download_button(
        label,
        data=at_press(data),
        file_name=file_name,
        mime="application/zip",
        icon=":material/download:",
        type="primary",
        width="stretch",
        on_click="ignore",
        key=key,
    )
