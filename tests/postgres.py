"""A PostgreSQL server of the system's packages on loopback, for the tests: started, asked for databases, stopped.

PostgreSQL refuses to run as root; then it runs as the user that its packages made.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

PACKAGED = Path("/usr/lib/postgresql")  # Debian keeps them off PATH
PATIENCE = 60.0  # s


@dataclass
class Server:
    """`database()` makes an empty one; `url` of it is what HILANDER_DATABASE_URL takes."""

    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def database(self) -> str:
        """The URL of a new database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)


def programs() -> Path | None:
    """The folder with initdb and postgres, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(PACKAGED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


@contextmanager
def server(bin_folder: Path) -> Iterator[Server]:
    """A fresh server, without a password and without care for power cuts; its files go when it does."""
    with tempfile.TemporaryDirectory(prefix="hilander-pg-") as home:
        as_user = _unprivileged(Path(home))
        data = Path(home) / "data"
        _run(
            [bin_folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            as_user,
        )
        port = _free_port()
        settings = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={home}",
            "fsync=off",
        ]
        arguments = [word for setting in [*settings, "max_connections=300"] for word in ("-c", setting)]
        log = (Path(home) / "log").open("wb")
        with (
            log,
            subprocess.Popen(
                [bin_folder / "postgres", "-D", data, *arguments], stdout=log, stderr=log, cwd=home, **as_user
            ) as process,
        ):
            try:
                yield _ready(Server(port), process, Path(home) / "log")
            finally:
                process.terminate()  # "smart" would wait for connections; SIGINT below ends them
                process.send_signal(2)


def _unprivileged(home: Path) -> dict[str, str]:
    """How subprocess runs it as somebody who may, with `home` theirs."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(home, user.pw_uid, user.pw_gid)
    return {"user": "postgres", "group": "postgres"}


def _run(command: list[object], as_user: dict[str, str]) -> None:
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, cwd="/", check=False, **as_user
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _ready(found: Server, process: subprocess.Popen[bytes], log: Path) -> Server:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            psycopg.connect(found.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return found
    raise AssertionError(f"PostgreSQL did not start: {log.read_text()}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
