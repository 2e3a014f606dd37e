"""Explore page: a level on top, the clusters in it, one cluster opened, the images in it."""

import streamlit as st

from hilander.ui import entry, explore_head, mixed_panel, shift_notice
from hilander.ui.answer_panel import answer_panel
from hilander.ui.cluster_panel import cluster_view
from hilander.ui.export_panel import export_panel
from hilander.ui.guard import guarded
from hilander.ui.level_panel import stepper
from hilander.ui.main_views import main_view
from hilander.ui.search_panel import search_panel

entry.enter()
now = explore_head.head()
if now is None:
    st.stop()
with guarded():
    shift_notice.over_explorer(now)
side, main = st.columns([1.3, 3], gap="medium")
with side, guarded():
    stepper(now)
    export_panel(now)
    mixed_panel.cut_bar(now)
    answer_panel(now)
with main, guarded():
    search_panel(now)
with main, guarded():
    if now.cluster is None:
        main_view(now)
    else:
        cluster_view(now, now.cluster)
