"""A PostgreSQL server of the system's packages on loopback: started, asked for databases, killed, stopped.

For the tests of the store and the benchmark of reliability alike.

PostgreSQL refuses to run as root; then it runs as the user that its packages made.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psutil
import psycopg

PACKAGED = Path("/usr/lib/postgresql")  # Debian keeps them off PATH
MEMORY = Path("/dev/shm")  # a disk in memory
MEMORY_ROOM = 2 << 30  # bytes free there at the least
PATIENCE = 60.0  # s


@dataclass
class Server:
    """`database()` makes an empty one; `url` of it is what HILANDER_DATABASE_URL takes."""

    port: int
    home: Path
    command: list[str]
    as_user: dict[str, str]
    _numbers: Iterator[int] = field(default_factory=count)
    _process: subprocess.Popen[bytes] | None = None

    def url(self, name: str, at: str = "") -> str:
        """`at` : another address and port that lead here."""
        return f"postgresql://postgres@{at or f'127.0.0.1:{self.port}'}/{name}"

    def database(self, like: str = "template0") -> str:
        """The URL of a new database: empty, or a copy of the one of this name or URL, which nobody has open."""
        name, template = f"test_{next(self._numbers)}", like.rsplit("/", 1)[-1]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            quickly = " STRATEGY file_copy" if connection.info.server_version >= 150_000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}{quickly}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """The database goes, and every connection to it ends."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rsplit('/', 1)[-1]} WITH (FORCE)")

    def start(self) -> None:
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd=self.home, **self.as_user
            )
        _wait_until_ready(self, self._process)

    def kill(self) -> None:
        """SIGKILL to the server and to every process that serves a connection."""
        assert self._process is not None
        parent = psutil.Process(self._process.pid)
        parent.suspend()  # or it would see its children die, and begin anew
        for one in [*parent.children(recursive=True), parent]:
            one.kill()
        self._process.wait(20)

    def stop(self) -> None:
        """Connections are ended."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)


def programs() -> Path | None:
    """The folder with initdb and postgres, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(PACKAGED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


@contextmanager
def server(bin_folder: Path, *, in_memory: bool = False) -> Iterator[Server]:
    """A fresh server, without a password and without care for power cuts; its files go when it does.

    in_memory : keep them in memory where there is room, which makes hundreds of databases several times sooner
    """
    roomy = in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_ROOM
    with tempfile.TemporaryDirectory(prefix="hilander-pg-", dir=MEMORY if roomy else None) as home:
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
        command = [str(word) for word in (bin_folder / "postgres", "-D", data, *arguments)]
        found = Server(port, Path(home), command, as_user)
        found.start()
        try:
            yield found
        finally:
            found.stop()


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


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    until, log = time.monotonic() + PATIENCE, server.home / "log"
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"PostgreSQL did not start: {log.read_text()}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
