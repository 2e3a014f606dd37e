"""Data page: add a data set and see what matched; look at those that are there."""

import streamlit as st

from hilander.services.door import jobs
from hilander.ui import dataset_list, entry, job_panel, trash_list, upload_form, usage_table
from hilander.ui.guard import guarded
from hilander.ui.visit import visit

entry.enter()
st.title("Data", anchor=False)
imports = [job for job in jobs.list_jobs(visit()) if job.kind in ("import", "demo")]
job_panel.watch([job for job in imports if not job.is_over])
job_panel.ended_badly(imports)
job_panel.already_there(imports)

with st.container(border=True, key="add-data"):
    st.subheader("Add a data set", anchor=False)
    with guarded():
        upload_form.upload_form()

st.subheader("Your data sets", anchor=False)
dataset_list.dataset_list()
trash_list.trash_list()
with guarded():
    usage_table.usage_table()
