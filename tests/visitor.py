"""A visitor of the app without a browser: opens Streamlit's socket and asks for the page once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect


@contextmanager
def visit(port: int, page: str = "") -> Iterator[None]:
    """Be there until the block ends. The page has begun to be drawn when it begins."""
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    asked.rerun_script.page_name = page
    url = f"ws://localhost:{port}/_stcore/stream"
    origin = f"http://localhost:{port}"
    with connect(url, subprotocols=["streamlit"], origin=origin, max_size=None, close_timeout=1) as socket:
        socket.send(asked.SerializeToString())
        socket.recv(timeout=30)
        yield
