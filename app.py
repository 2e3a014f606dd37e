"""The app: page configuration and navigation, no logic."""

import streamlit as st

from hilander.config import ASSETS
from hilander.ui import answers, collector, opened, presses
from hilander.ui.account import account
from hilander.ui.guard import guarded
from hilander.ui.style import apply_style

ABOUT = "**hilander** clusters images by their embeddings with Hi-LANDER and lets you look at every level."

st.set_page_config(
    page_title="hilander",
    page_icon=str(ASSETS / "logo_icon.svg"),
    layout="wide",
    menu_items={"About": ABOUT},
)
st.logo(str(ASSETS / "logo.svg"), size="large")
apply_style()
page = st.navigation(
    [
        st.Page("pages/data.py", title="Data", icon=":material/database:"),
        st.Page("pages/cluster.py", title="Cluster", icon=":material/hub:"),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/jobs.py", title="Jobs", icon=":material/list_alt:"),
        st.Page("pages/explore.py", title="Explore", icon=":material/account_tree:", default=True),
    ],
    position="top",
)
answers.keep_answers()
presses.guard_presses()
with guarded():
    account()
    opened.start()
    page.run()
collector.set_aside(page.title)
