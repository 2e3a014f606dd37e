"""Cluster page: choose a data set and settings, start a job, watch it, open what it made."""

import streamlit as st

from hilander.services import jobs
from hilander.ui import entry, job_panel, opened, pickers, run_list, settings_form, url
from hilander.ui.guard import guarded

entry.enter()
title, picker = st.columns([1, 4], vertical_alignment="bottom", gap="medium")
title.title("Cluster", anchor=False)
rows = opened.store().datasets()
if not rows:
    job_panel.watch([job for job in jobs.list_jobs() if not job.is_over])
    st.info("No data set yet. Add one on the Data page.", icon=":material/database:")
    st.page_link("pages/data.py", label="Add a data set", icon=":material/arrow_forward:")
    st.stop()

by_id = {row.id: row for row in rows}
if url.text("dataset") is None and (last := url.carried("dataset")) in by_id:
    url.put(dataset=last)
dataset = url.known("dataset", by_id, "data set")
url.put(dataset=dataset.id)
url.carry("dataset", dataset.id)
with picker:
    pickers.pick_dataset(rows, dataset.id)
left, right = st.columns([3, 2], gap="medium")
of_this = jobs.list_jobs(dataset.id)
with right:
    job_panel.watch([job for job in of_this if not job.is_over])
    job_panel.ended_badly(of_this[:1])
    job_panel.finished(of_this)
    run_list.run_list(dataset.id)
with left.container(border=True, key="settings"), guarded():
    st.subheader("Settings", anchor=False)
    if config := settings_form.settings_form(dataset):
        jobs.submit_cluster(dataset.id, config)
        st.rerun()
