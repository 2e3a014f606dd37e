"""The few lines of style that the theme in .streamlit/config.toml has no setting for."""

from __future__ import annotations

import streamlit as st

# Primary buttons and tags: white on the light theme's dark green, dark on the dark theme's bright green (AA in both).
# Dialogs are drawn outside .stApp and do not inherit its colour scheme, so they are told which theme it is.
_ON_PRIMARY = {"light": "#ffffff", "dark": "#05211c"}
_STYLE = """
<style>
:root { --on-primary: DIALOG; }
.stApp { --on-primary: light-dark(LIGHT, DARK); }
[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primary"] * { color: var(--on-primary); }
[data-testid="stMultiSelectTagsContainer"] [data-tag] * { color: var(--on-primary); }
[data-testid="stBaseButton-primary"]:disabled * { color: inherit; }
[data-testid="stMainBlockContainer"] {
  padding-inline: clamp(1rem, 2.5vw, 3.5rem); max-width: 120rem; margin-inline: auto;
}
.st-key-about-clusters [data-testid^="stNumberInputStep"] { display: none; }
.st-key-all-figures [data-testid="stMarkdownContainer"] { position: absolute; clip-path: inset(50%); }
@media (max-height: 880px) { .st-key-level-slider { display: none; } }
@media (min-width: 800px) {
  [data-testid="stColumn"]:has(.st-key-recommended) {
    position: sticky; top: 3.9rem; align-self: flex-start; max-height: calc(100vh - 4.2rem);
    overflow-y: auto; scrollbar-width: thin; padding: 3px 6px 3px 3px; margin: -3px 0 0 -3px;
  }
}
.st-key-account { position: fixed; top: 0.65rem; right: 3.25rem; width: auto; z-index: 999991; }
[data-testid="stLayoutWrapper"]:has(> :is(.st-key-account, .st-key-account-watch)) { position: absolute; }
.st-key-account [data-testid="stPopoverButton"] { color: light-dark(#17211f, #e7eeec) !important; }
[data-testid="stMetric"] { gap: 0; }
[data-testid="stMetricLabel"] { opacity: 0.85; }
</style>
"""


def apply_style() -> None:
    light, dark = _ON_PRIMARY["light"], _ON_PRIMARY["dark"]
    dialog = dark if st.context.theme.type == "dark" else light
    st.html(_STYLE.replace("DIALOG", dialog).replace("LIGHT", light).replace("DARK", dark))
