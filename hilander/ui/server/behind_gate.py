"""What Streamlit serves: app.py, with the gate before it where people sign in."""

import sys

from streamlit.starlette import App

from hilander.ui.server import parts

if __name__ == "behind_gate":  # so the server calls it; whoever else imports it starts nothing
    found = parts.sign_in(sys.argv[1:])
    server = App(parts.SCRIPT, middleware=parts.middleware(found), lifespan=parts.lifespan(found))
