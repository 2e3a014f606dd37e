"""The server of the app: Streamlit's own, with the gate before its routes where people sign in."""
