"""What a data set offers a training: how many labels of which kind, and what to do where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from hilander.services.store import DatasetRow, JobRow
from hilander.ui import job_panel, opened
from hilander.ui.words import count, escaped

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMED = 3
FEW = 30  # classes


def none_labelled(rows: Sequence[DatasetRow], making: Sequence[JobRow]) -> None:
    """Say that there is nothing to train on, and how that is mended; show the jobs that may be making it.

    rows : data sets without labels;  making : jobs that make data sets, as they were before `rows` were read
    """
    job_panel.watch([job for job in making if not job.is_over])
    words = (
        "Training learns from labels, and no data set here has any." if rows else "No labelled data set yet."
    )
    st.info(words, icon=":material/label_off:")
    st.markdown("Add a data set with a labels CSV (columns `id` and `label`); a part of the images will do.")
    if st.button("Add a data set with labels", type="primary", icon=":material/database:"):
        st.switch_page("pages/data.py")


def not_labelled(rows: Sequence[DatasetRow]) -> None:
    """Say which data sets cannot be trained on, beside others that can."""
    if not rows:
        return
    names = ", ".join(row.name for row in rows[:NAMED]) + (", …" if len(rows) > NAMED else "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f":material/label_off: Without labels, so not in the list: {escaped(names)}.", width="content"
        )
        if st.button("Import with labels", type="tertiary", icon=":material/database:"):
            st.switch_page("pages/data.py")


def label_facts(row: DatasetRow) -> NDArray[np.int64]:
    """Show what the labels are like; they themselves, -1 where unknown."""
    labels = opened.dataset(row.id).labels
    codes = np.empty(0, np.int64) if labels is None else labels.codes
    sizes = np.unique(codes[codes >= 0], return_counts=True)[1]
    used, classes = int(sizes.sum()), len(sizes)
    words = [f"{used:,} of {count(row.n, 'image')} labelled", count(classes, "class", "classes")]
    if classes:
        words.append(f"{sizes.min():,} to {sizes.max():,} images each")
    st.caption(" · ".join(words))
    singles = int((sizes == 1).sum())
    if used < row.n:
        st.caption(f":material/info: {row.n - used:,} images without a label are left out.")
    if 0 < singles < classes:
        st.caption(
            f":material/info: {count(singles, 'class', 'classes')} of one image: nothing to join there."
        )
    if 1 < classes < FEW:
        st.caption(":material/info: Few classes: what is learned from them may not hold for others.")
    return codes
