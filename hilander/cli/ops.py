"""What `hilander app --ops-port` opens beside the app: /healthz for load balancers, /metrics for Prometheus.

A port of its own, on this machine unless told otherwise: whoever reaches the app need not learn how it is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from hilander.cli.health import as_json
from hilander.services import health
from hilander.services.health import Check
from hilander.services.metrics import TYPE, metrics
from hilander.services.workspace import Workspace

OK, NOT_FOUND, BROKEN, UNAVAILABLE = 200, 404, 500, 503
LOOPBACK = "127.0.0.1"
PATIENCE = 2.0  # s
Answer = tuple[int, str, str]

logger = logging.getLogger(__name__)


class Answers:
    """What the routes say. `url` is the app's own health route, `pid` its process."""

    def __init__(self, workspace: Workspace, url: str, pid: int) -> None:
        self.workspace, self.url, self.pid = workspace, url, pid

    def healthz(self) -> Answer:
        found = [self._app(), *health.checks(self.workspace)]
        code = OK if health.is_healthy(found) else UNAVAILABLE
        return code, "application/json", as_json(found) + "\n"

    def metrics(self) -> Answer:
        return OK, TYPE, metrics(self.workspace, self._memory())

    def _app(self) -> Check:
        try:
            with urlopen(self.url, timeout=PATIENCE):
                return Check("app", True, "answers")
        except (URLError, OSError) as error:
            return Check("app", False, f"does not answer: {getattr(error, 'reason', error)}")

    def _memory(self) -> int | None:
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return None


@contextmanager
def serving(host: str, port: int, answers: Answers) -> Iterator[int]:
    """Answer at `host`:`port` (0: any free one) from a thread while the block runs; gives the port."""
    routes: dict[str, Callable[[], Answer]] = {"/healthz": answers.healthz, "/metrics": answers.metrics}
    with ThreadingHTTPServer((host, port), _handler(routes)) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="ops", daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def _handler(routes: dict[str, Callable[[], Answer]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "hilander", ""
        timeout = 10  # s that a client may take to ask

        def do_GET(self) -> None:
            route = routes.get(self.path.split("?", 1)[0])
            code, kind, text = _asked(route) if route else (NOT_FOUND, "text/plain", "/healthz or /metrics\n")
            body = text.encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Every few seconds somebody asks; that is not worth a line."""

    return Handler


def _asked(route: Callable[[], Answer]) -> Answer:
    try:
        return route()
    except Exception:
        logger.exception("The question could not be answered")
        return BROKEN, "text/plain", "Something went wrong; hilander's log says where.\n"
