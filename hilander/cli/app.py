"""`hilander app`: runs app.py under Streamlit in a process of its own, and prints its address.

Never imports Streamlit: it only knows how to start and stop it.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from hilander.cli.values import whole
from hilander.config import ASSETS
from hilander.errors import InputError
from hilander.services.store import DEMO_MADE, open_store
from hilander.services.workspace import default_workspace

SCRIPT = ASSETS.parent / "app.py"
FIRST_PORT = 8501
START_SECONDS = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", metavar="PORT", type=whole, help=f"default: {FIRST_PORT}, or the next that is free"
    )
    parser.add_argument(
        "--host",
        metavar="HOST",
        default="localhost",
        help="address to listen on; 0.0.0.0 lets other machines in (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> None:
    port = free_port(args.host) if args.port is None else check_port(args.host, args.port)
    check_app()
    signal.signal(signal.SIGTERM, terminated)
    prepare_demo()
    server = subprocess.Popen(command(args.host, port), cwd=SCRIPT.parent, env=environment())
    try:
        wait_until_up(server, args.host, port)
        print(f"hilander is at http://{shown(args.host)}:{port}  (Ctrl-C stops it)", flush=True)
        server.wait()
    except KeyboardInterrupt:
        return  # the usual way to stop an app
    finally:
        stop(server)
    if server.returncode:
        raise stopped(server)


def terminated(number: int, _frame: object) -> None:
    """SIGTERM stops the server too: it is a child, and would go on alone."""
    sys.exit(128 + number)


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
        print("Making the demo data sets (first start only) ...", flush=True)
        subprocess.run([sys.executable, "-m", "hilander.services.demo"], env=environment(), check=False)


def command(host: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "streamlit", "run", str(SCRIPT)),
        *("--server.address", host, "--server.port", str(port)),
        *(
            "--server.headless",
            "true",
            "--browser.gatherUsageStats",
            "false",
            "--logger.level",
            "warning",
            "--logger.hideWelcomeMessage",
            "true",
        ),
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


def check_port(host: str, port: int) -> int:
    if not 1 <= port <= 65535:
        raise InputError(f"--port must be from 1 to 65535; got {port}.")
    if not is_free(host, port):
        raise InputError(
            f"--port {port}: expected a free port on {host}, got one in use. Give another, or none."
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
            with urlopen(f"http://{shown(host)}:{port}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    if server.poll() is None:
        raise InputError(
            f"the app did not answer on port {port} within {START_SECONDS} s. Try another --port."
        )
    raise stopped(server)


def stopped(server: subprocess.Popen[bytes]) -> InputError:
    return InputError(f"the app stopped with exit code {server.returncode}; what it said is above.")


def shown(host: str) -> str:
    """The host as a browser on this machine reaches it."""
    if host in {"0.0.0.0", "::", ""}:
        return "localhost"
    return f"[{host}]" if ":" in host else host


def stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(10)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            server.kill()
            server.wait()
