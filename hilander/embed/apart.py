"""Embed in a process of its own, with a bound on its memory: somebody's network may crash what runs it.

    embed_apart(folder, order, tell)                  starts it, watches it, ends it
    python -m hilander.embed.apart FOLDER ORDER       what it starts; writes "done total" lines

It works in an empty folder that is gone afterwards: what a network might reach with a name is nothing of the server's.
The process ends when its standard input does, which is when the one that started it ends, however it ends.
"""

from __future__ import annotations

import errno
import json
import os
import queue
import resource
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO

from hilander.config import ASSETS
from hilander.embed.embedding import Tell, embed_into
from hilander.embed.order import EmbedOrder, model_path
from hilander.embed.words import without, without_folders
from hilander.errors import InputError

MEMORY_VARIABLE = "HILANDER_EMBED_MEMORY"  # GB that the process may use
SHARE, LEAST = 0.7, 1 << 30  # of the machine's memory, and never less
OTHER, MISTAKE, NO_MEMORY, NO_ROOM = 1, 3, 4, 5  # exit codes
LOOK_EVERY = 0.2  # s
LAST_LINE = 400  # letters of what a crash wrote last


def embed_apart(folder: Path, order: EmbedOrder, tell: Tell = lambda done, total: None) -> None:
    """As `embed_into`; `tell` is also called a few times a second while nothing is done, with the last counts.

    Raises
    ------
    InputError   as `embed_into`, and where the network crashed its process or needed too much memory
    OSError      the disk is full
    """
    words = str(folder.absolute()), json.dumps(order.absolute().to_dict())
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory() as empty:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, *words],
            cwd=empty,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=os.environ | {"PYTHONPATH": _paths()},
            start_new_session=True,  # Ctrl-C is for the one that started it
        )
        try:
            _watch(process, tell)
        finally:
            process.kill()
            code = process.wait()
        said.seek(0)
        _check(code, said.read().decode(errors="replace").strip(), order, Path(words[0]))


def memory_limit() -> int:
    """Bytes that the process may use."""
    text = os.environ.get(MEMORY_VARIABLE, "").strip()
    if not text:
        return max(LEAST, int(SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")))
    try:
        limit = float(text)
    except ValueError:
        limit = 0.0
    if not 0 < limit < float("inf"):
        raise InputError(f"{MEMORY_VARIABLE} must be a number of GB; got {text!r}.")
    return int(limit * (1 << 30))


def _paths() -> str:
    """Where Python finds modules, the same from any folder."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join([str(ASSETS.parent), *(str(Path(it).absolute()) for it in given if it)])


def _watch(process: subprocess.Popen[bytes], tell: Tell) -> None:
    """Hand on what it tells until it ends."""
    assert process.stdout is not None
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process.stdout, lines.put), daemon=True).start()
    done, total, is_open = 0, 0, True
    while is_open:
        try:
            line = lines.get(timeout=LOOK_EVERY)
            is_open = bool(line)
            done, total = map(int, line.split()) if line else (done, total)
        except queue.Empty:
            pass
        tell(done, total)
    process.wait()


def _read(stream: IO[bytes], put: Callable[[bytes], None]) -> None:
    for line in stream:
        put(line)
    put(b"")


def _check(code: int, said: str, order: EmbedOrder, folder: Path) -> None:
    last = said.splitlines()[-1] if said else ""
    if code == MISTAKE:
        raise InputError(without(_own_folders(order, folder), last))
    if code == NO_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    name = model_path(order.model).name
    if code in (NO_MEMORY, -9):
        raise InputError(
            f"{name} needs more memory than the {memory_limit() / (1 << 30):.1f} GB that there is for it. "
            f"Take a smaller batch or network, or set {MEMORY_VARIABLE} to more GB."
        )
    if code < 0:
        raise InputError(
            f"{name} crashed the process that ran it (signal {-code}). Export it again, or take another network."
        )
    if code:
        raise RuntimeError(without_folders(last)[:LAST_LINE]) from RuntimeError(said)  # the log says it all


def _own_folders(order: EmbedOrder, folder: Path) -> list[Path]:
    """Those that say where the work and the uploads are on this machine, which people need not know."""
    files = [folder, order.images, order.preprocess, Path(order.model)]
    return [it.absolute().parent for it in files if it is not None]


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):  # not its buffer: Python could not end while it is read
        pass
    os._exit(1)


def main(folder: str, text: str) -> int:
    """Do the order; the exit code, whatever happens."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _embed(Path(folder), EmbedOrder.from_dict(json.loads(text)))
    except InputError as mistake:
        sys.stderr.write("\n" + f"{mistake}".replace("\n", " ") + "\n")
        return MISTAKE
    except MemoryError:
        return NO_MEMORY
    except Exception as error:  # noqa: BLE001 - the one that started it hears of all
        traceback.print_exc()
        return NO_ROOM if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) else OTHER
    return 0


def _embed(folder: Path, order: EmbedOrder) -> None:
    if (
        order.device == "cpu" or not Path("/dev/nvidiactl").exists()
    ):  # a GPU's driver reserves far more than it uses
        resource.setrlimit(resource.RLIMIT_DATA, (memory_limit(), memory_limit()))
    told = _own_output()

    def tell(done: int, total: int) -> None:
        told.write(f"{done} {total}\n")
        told.flush()

    embed_into(folder, order, tell)


def _own_output() -> IO[str]:
    """The output, for our lines alone: what libraries print for a network goes where errors go."""
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return own


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
