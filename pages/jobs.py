"""Jobs page: what runs and waits, what ended and how, and the log of each."""

import streamlit as st

from hilander.services.door import jobs
from hilander.ui import entry, job_table
from hilander.ui.guard import guarded
from hilander.ui.visit import visit
from hilander.ui.words import escaped

entry.enter()
st.title("Jobs", anchor=False)
with guarded():
    if trouble := jobs.trouble(visit()):
        st.warning(escaped(trouble), icon=":material/warning:")
with guarded():
    job_table.log()
with guarded():
    job_table.queue()
st.subheader("Ended", anchor=False)
with guarded():
    job_table.ended()
