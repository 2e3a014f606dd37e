"""The sign-in: what Streamlit's secrets configure, and the gate before every route while it is on."""
