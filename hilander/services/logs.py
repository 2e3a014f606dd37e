"""What hilander's processes write about themselves: one line a record, never a secret.

    set_up()                              once a process: to stderr, as text or, where HILANDER_LOG=json, as JSON
    hide(secret, ...)                     never write these
    with of_job(path, job_id): ...        this thread's records carry the job's id, and go to the job's own file too

    {"time": "2026-11-26T12:00:00.000Z", "level": "INFO", "logger": "hilander.services.worker",
     "message": "done in 3.2 s", "job": "3f2a...", "user": "local"};  "error" holds a traceback

Knows nothing about what is written.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOG_VARIABLE = "HILANDER_LOG"
FORMS = ("text", "json")
LOCAL = "local"  # the user where nobody signs in
SECRET_URLS = ("HILANDER_DATABASE_URL",)
SHORTEST_SECRET = 4  # a shorter password would blacken half of what is written
_HIDDEN = "***"
_IN_URL = re.compile(r"(\w+://[^\s:/@]*:)\S+@")
_NAMED = re.compile(
    r"(?i)(\b\w*(?:password|passwd|pwd|secret|token|api_?key)\w*[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+"
)
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")  # signed by a provider: id and access tokens
_IN_QUERY = re.compile(r"(?i)([?&](?:code|state|nonce|id_token_hint|code_verifier)=)[^\s\"'&]+")
_told: set[str] = set()
_about: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)


def set_up(level: int = logging.WARNING) -> None:
    """Write this process's records to stderr: hilander's from INFO on, other packages' from `level` on.

    Handlers that packages have set up for themselves write in the same form.
    """
    handler = logging.StreamHandler()
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("hilander").setLevel(logging.INFO)
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    for one in {handler for logger in loggers for handler in logger.handlers}:
        one.setFormatter(_formatter())
    sys.excepthook = lambda kind, error, trace: logging.getLogger("hilander").critical(
        "The process ends", exc_info=(kind, error, trace)
    )
    threading.excepthook = lambda of: logging.getLogger("hilander").critical(
        "A thread ends", exc_info=(of.exc_type, of.exc_value or of.exc_type(), of.exc_traceback)
    )


def hide(*secrets: str) -> None:
    """Never write these texts, wherever they stand."""
    _told.update(secrets)


def is_json() -> bool:
    return os.environ.get(LOG_VARIABLE, "").strip().lower() == "json"


def _formatter() -> logging.Formatter:
    return JsonLines() if is_json() else Lines()


class Lines(logging.Formatter):
    """For people: time, level, logger, job if there is one, message; a traceback on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        job = f" [{about['job']}]" if (about := _about.get()) else ""
        message = record.getMessage().replace(
            "\n", "\\n"
        )  # a name with a line break makes no line of its own
        head = f"{_time(record)} {record.levelname} {record.name}{job} {message}"
        return redacted(f"{head}\n{trace}" if (trace := self._trace(record)) else head)

    def _trace(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class JsonLines(Lines):
    """For machines: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        values = {"time": _time(record), "level": record.levelname, "logger": record.name}
        values |= {"message": record.getMessage()} | (_about.get() or {})
        if trace := self._trace(record):
            values["error"] = trace
        # value by value: a secret may end where JSON's own quotes begin
        return json.dumps({name: redacted(value) for name, value in values.items()}, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def of_job(path: Path, job_id: str, user: str = LOCAL) -> Iterator[None]:
    """Mark this thread's records with the job and its user, and add hilander's to the file at `path`, as text."""
    handler = _handler(path)
    handler.setFormatter(Lines())
    handler.addFilter(lambda _record: (_about.get() or {}).get("job") == job_id)
    ours = logging.getLogger("hilander")
    if ours.level == logging.NOTSET:  # a worker of somebody's cluster, which nobody has set up
        ours.setLevel(logging.INFO)
    before = _about.set({"job": job_id, "user": user})
    ours.addHandler(handler)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        _about.reset(before)
        with suppress(OSError):  # what is not written yet cannot be
            handler.close()


def _handler(path: Path) -> logging.Handler:
    """A job is not stopped for want of a log: on a full disk the file cannot be made, or not be written on."""
    try:
        handler: logging.Handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        logging.getLogger(__name__).warning("No log file for this job: %s", error)
        return logging.NullHandler()
    handler.handleError = lambda record: None  # type: ignore[method-assign]
    return handler


def redacted(text: str) -> str:
    """The text without passwords and tokens: in URLs, called so, and those of this process's own settings."""
    for secret in _secrets():
        text = text.replace(secret, _HIDDEN)
    text = _IN_QUERY.sub(rf"\1{_HIDDEN}", _TOKEN.sub(_HIDDEN, text))
    return _NAMED.sub(rf"\1{_HIDDEN}", _IN_URL.sub(rf"\1{_HIDDEN}@", text))


def _secrets() -> list[str]:
    """Longest first, so that none is found inside another and leaves a rest."""
    found = set(_told)
    for name in SECRET_URLS:
        try:
            password = urlsplit(os.environ.get(name, "")).password or ""
        except ValueError:
            continue
        found |= {password, unquote(password)}
    return sorted((secret for secret in found if len(secret) >= SHORTEST_SECRET), key=len, reverse=True)
