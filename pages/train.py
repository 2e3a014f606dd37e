"""Train page: choose a labelled data set and settings, watch the network learn, cluster with what came of it."""

import streamlit as st

from hilander.services.door import datasets, jobs
from hilander.ui import checkpoint_list, entry, pickers, train_data, train_form, train_panel, url
from hilander.ui.guard import guarded
from hilander.ui.visit import visit

entry.enter()
title, picker = st.columns([1, 4], vertical_alignment="bottom", gap="medium")
title.title("Train", anchor=False)
making = jobs.list_jobs(visit(), kinds=("demo", "import"))  # before the data sets: one ends in between
rows = datasets.editable(visit())
labelled = {row.id: row for row in rows if row.has_labels}
others = [row for row in rows if not row.has_labels]

if not labelled:
    train_data.none_labelled(others, making)
else:
    if url.text("dataset") not in labelled:
        last = url.carried("dataset")
        url.put(dataset=last if last in labelled else next(iter(labelled)))
    chosen = url.known("dataset", labelled, "data set")
    url.carry("dataset", chosen.id)
    with picker:
        pickers.pick_dataset(list(labelled.values()), chosen.id)
    train_data.not_labelled(others)
    left, right = st.columns([2, 3], gap="medium")
    with left.container(border=True, key="train-settings"), guarded():
        st.subheader("Settings", anchor=False)
        labels = train_data.label_facts(chosen)
        if asked := train_form.train_form(chosen, labels):
            jobs.submit_train(visit(), chosen.id, *asked)
            st.rerun()
    with right, guarded():
        train_panel.trainings(jobs.trainings(visit(), chosen.id))

st.subheader("Checkpoints", anchor=False)
checkpoint_list.checkpoint_list()
