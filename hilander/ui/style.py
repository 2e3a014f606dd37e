"""The few lines of style that the theme in .streamlit/config.toml has no setting for."""

from __future__ import annotations

import streamlit as st

# On :root, for dialogs are drawn outside .stApp.
# Primary buttons: white on the light theme's dark green, dark on the dark theme's bright green (AA in both).
_STYLE = """
<style>
:root { --on-primary: light-dark(#ffffff, #05211c); }
[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primary"] * { color: var(--on-primary); }
[data-testid="stBaseButton-primary"]:disabled * { color: inherit; }
[data-testid="stMainBlockContainer"] {
  padding-inline: clamp(1rem, 2.5vw, 3.5rem); max-width: 120rem; margin-inline: auto;
}
[data-testid="stMetric"] { gap: 0; }
[data-testid="stMetricLabel"] { opacity: 0.85; }
</style>
"""


def apply_style() -> None:
    st.html(_STYLE)
