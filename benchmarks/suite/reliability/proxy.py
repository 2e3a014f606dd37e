"""A network between app and database that can be cut: a TCP proxy on loopback.

cut       every connection is reset and new ones are refused, as when a server or a router goes away
silence   nothing more comes through and nobody says so, as when a cable is pulled. Wants the right to change
          routes: the kernel drops what is sent to the proxy's address
"""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import threading
from typing import Self

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset
CHUNK = 1 << 16


class Proxy:
    """Listens at `address`:`port` and hands on to `target`, a port on this machine."""

    def __init__(self, target: int, address: str = "127.0.0.9") -> None:
        self.target, self.address = target, address
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = self._listening(0)
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.loud()
        self.cut()

    def cut(self) -> None:
        """Reset everything, refuse what comes."""
        with self._lock:
            for one in (self._listener, *(it for pair in self._pairs for it in pair)):
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._pairs.clear()

    def restore(self) -> None:
        self._listener = self._listening(self.port)

    def silence(self) -> bool:
        """Whether that could be done."""
        return _route("add", self.address)

    def loud(self) -> None:
        _route("del", self.address)

    def _listening(self, port: int) -> socket.socket:
        listener = socket.create_server((self.address, port), reuse_port=False)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_hand_on, args=(one, other), daemon=True).start()


def _hand_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(CHUNK):
            other.sendall(data)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _route(verb: str, address: str) -> bool:
    command = ["ip", "route", verb, "blackhole", address, "table", "local"]
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False
