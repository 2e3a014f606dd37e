"""Cluster page: choose a data set and settings, start a job, watch it, open what it made."""

import streamlit as st

from hilander.services.access import Action, dataset
from hilander.services.door import datasets, jobs
from hilander.ui import entry, job_panel, pickers, run_list, settings_form, url
from hilander.ui.guard import guarded
from hilander.ui.visit import may, visit

entry.enter()
title, picker = st.columns([1, 4], vertical_alignment="bottom", gap="medium")
title.title("Cluster", anchor=False)
making = jobs.list_jobs(visit())  # before the data sets: one ends in between
rows = datasets.datasets(visit())
if not rows:
    job_panel.watch([job for job in making if not job.is_over])
    st.info("No data set yet. Add one on the Data page.", icon=":material/database:")
    st.page_link("pages/data.py", label="Add a data set", icon=":material/arrow_forward:")
    st.stop()

by_id = {row.id: row for row in rows}
if url.text("dataset") is None and (last := url.carried("dataset")) in by_id:
    url.put(dataset=last)
chosen = url.known("dataset", by_id, "data set")
url.put(dataset=chosen.id)
url.carry("dataset", chosen.id)
with picker:
    pickers.pick_dataset(rows, chosen.id)
left, right = st.columns([3, 2], gap="medium")
of_this = jobs.list_jobs(visit(), chosen.id)
with right:
    job_panel.watch([job for job in of_this if not job.is_over])
    job_panel.ended_badly(of_this[:1])
    job_panel.finished(of_this)
    run_list.run_list(chosen.id)
with left.container(border=True, key="settings"), guarded():
    st.subheader("Settings", anchor=False)
    if not may(Action.COMPUTE, dataset(chosen.id)):
        st.info("This data set is shared with you to view. To cluster it, ask its owner to share it to edit.")
    elif config := settings_form.settings_form(chosen):
        jobs.submit_cluster(visit(), chosen.id, config)
        st.rerun()
