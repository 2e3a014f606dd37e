"""`hilander app`: has app.py served by a process of its own, and prints its address.

SIGTERM and Ctrl-C end it in order: no more jobs are taken, those that run are interrupted and tidied up after, and
then it ends with 0. Never imports Streamlit: it only knows how to start and stop it.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from hilander.cli.values import whole
from hilander.config import ASSETS
from hilander.errors import InputError
from hilander.services import logs, queue
from hilander.services.store import DEMO_MADE, open_store
from hilander.services.workspace import default_workspace

SCRIPT = ASSETS.parent / "app.py"
FIRST_PORT = 8501
START_SECONDS = 120
USER_ERROR = 2  # the server has said what is wrong
STOP_SECONDS = 25  # the job process has ten of them to tidy up
PR_SET_PDEATHSIG = 1  # of Linux

_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", metavar="PORT", type=whole, help=f"default: {FIRST_PORT}, or the next that is free"
    )
    parser.add_argument(
        "--host",
        metavar="HOST",
        default="localhost",
        help="address to listen on; 0.0.0.0 lets other machines in (default: %(default)s, this machine alone)",
    )
    parser.add_argument(
        "--anyone",
        action="store_true",
        help="listen where other machines come in although no sign-in is configured: "
        "whoever reaches the app may do everything",
    )
    parser.add_argument(
        "--ops-port",
        metavar="PORT",
        type=whole,
        help="also answer /healthz and /metrics (Prometheus) there; without it nobody does",
    )
    parser.add_argument(
        "--ops-host",
        metavar="HOST",
        default="127.0.0.1",
        help="address that --ops-port listens on (default: %(default)s, this machine alone)",
    )


def run(args: argparse.Namespace) -> None:
    port = free_port(args.host) if args.port is None else check_port(args.host, args.port)
    if args.ops_port is not None:
        check_port(args.ops_host, args.ops_port, option="--ops-port")
    check_app()
    check_settings()
    signal.signal(signal.SIGTERM, terminated)
    prepare_demo()
    server = subprocess.Popen(
        command(args.host, port, anyone=args.anyone),
        cwd=SCRIPT.parent,
        env=environment(),
        preexec_fn=end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no thread is there yet
    )
    try:
        wait_until_up(server, args.host, port)
        with operations(args, server, port):
            say(f"hilander is at http://{shown(args.host)}:{port}  (Ctrl-C stops it)")
            server.wait()
    except KeyboardInterrupt:
        return  # the usual way to stop an app
    finally:
        stop(server)
    if server.returncode:
        raise stopped(server)


def terminated(_number: int, _frame: object) -> None:
    """SIGTERM stops the server too, which is a child and would go on alone; asked to stop, it has done as told."""
    sys.exit(0)


def end_with_parent() -> None:
    """In the server's process: killed where this one is, it does not hold the port alone.

    Not SIGTERM: Streamlit says that it stops, and where nobody reads that any more it does not. The job process
    sees the end of its input and ends in order.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def check_settings() -> None:
    """Refuse what the job process would refuse later, where nobody looks."""
    queue.limit()
    if (form := os.environ.get(logs.LOG_VARIABLE, "").strip().lower() or "text") not in logs.FORMS:
        raise InputError(f"{logs.LOG_VARIABLE} must be one of {', '.join(logs.FORMS)}; got {form!r}.")
    if logs.is_json():
        logs.set_up()


def say(text: str) -> None:
    """To the person at the terminal, or as a record among the others."""
    if logs.is_json():
        _log.info(text)
    else:
        print(text, flush=True)


@contextmanager
def operations(args: argparse.Namespace, server: subprocess.Popen[bytes], port: int) -> Iterator[None]:
    """The port for load balancers and Prometheus, if it is asked for."""
    if args.ops_port is None:
        yield
        return
    from hilander.cli.ops import Answers, serving

    answers = Answers(default_workspace(), health_url(args.host, port), server.pid)
    with serving(args.ops_host, args.ops_port, answers):
        say(f"/healthz and /metrics are at http://{shown(args.ops_host)}:{args.ops_port}")
        yield


def check_app() -> None:
    if not SCRIPT.is_file():
        raise InputError(
            f"expected {SCRIPT.name} beside the package, got none. Run `make app` in a clone of hilander."
        )
    if importlib.util.find_spec("streamlit") is None:
        raise InputError(
            "the app needs Streamlit, which is not installed. Run `make app`, or install hilander[app]."
        )


def prepare_demo() -> None:
    """Make the demo data sets on the first start, in a process of its own: the first visit finds them clustered.

    Where that fails the app starts all the same; its first visit tries again and shows why.
    """
    if open_store(default_workspace()).fact(DEMO_MADE) is None:
        say("Making the demo data sets (first start only) ...")
        subprocess.run([sys.executable, "-m", "hilander.services.demo"], env=environment(), check=False)


def command(host: str, port: int, *, anyone: bool = False) -> list[str]:
    """What the server refuses it tells itself, and ends with `USER_ERROR`."""
    return [
        *(sys.executable, "-m", "hilander.ui.server.start"),
        *("--server.address", host, "--server.port", str(port), "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false"),
        *("--logger.level", "warning", "--logger.hideWelcomeMessage", "true"),
        *(["--", "--anyone"] if anyone else []),
    ]


def environment() -> dict[str, str]:
    """HILANDER_HOME as the person meant it: relative to where they stand, not to app.py."""
    env = dict(os.environ)
    if home := env.get("HILANDER_HOME"):
        env["HILANDER_HOME"] = str(Path(home).expanduser().resolve())
    return env


def free_port(host: str) -> int:
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if is_free(host, port):
            return port
    raise InputError(
        f"expected a free port from {FIRST_PORT} on, got none in a hundred. Give one with --port."
    )


def check_port(host: str, port: int, option: str = "--port") -> int:
    if not 1 <= port <= 65535:
        raise InputError(f"{option} must be from 1 to 65535; got {port}.")
    if not is_free(host, port):
        raise InputError(
            f"{option} {port}: expected a free port on {host}, got one in use. Give another, or none."
        )
    return port


def is_free(host: str, port: int) -> bool:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except socket.gaierror as error:
        raise InputError(f"--host {host}: expected an address of this machine ({error.strerror}).") from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def wait_until_up(server: subprocess.Popen[bytes], host: str, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(health_url(host, port), timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    if server.poll() is None:
        raise InputError(
            f"the app did not answer on port {port} within {START_SECONDS} s. Try another --port."
        )
    raise stopped(server)


def stopped(server: subprocess.Popen[bytes]) -> InputError | SystemExit:
    if server.returncode == USER_ERROR:
        return SystemExit(USER_ERROR)
    return InputError(f"the app stopped with exit code {server.returncode}; what it said is above.")


def health_url(host: str, port: int) -> str:
    return f"http://{shown(host)}:{port}/_stcore/health"


def shown(host: str) -> str:
    """The host as a browser on this machine reaches it."""
    if host in {"0.0.0.0", "::", ""}:
        return "localhost"
    return f"[{host}]" if ":" in host else host


def stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            server.kill()
            server.wait()
