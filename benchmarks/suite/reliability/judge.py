"""What is left after a fault: entries of the journal, files that belong to nothing, what the doctor says."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

from hilander.services.leftovers import DAY, KINDS, UNFINISHED, WORK_SUFFIX
from suite.reliability.place import Place
from suite.reliability.work import BASE

OLD = 2 * DAY
PARTS = ("*.part*", "*.old", "*.new", f".*{WORK_SUFFIX}")


def lost(place: Place, kept: Iterable[str]) -> list[str]:
    """Entries that were acknowledged and are not there, or not as they were written."""
    there = {entry.item: entry.after for entry in place.store.entries(BASE)}
    return [item for item in kept if there.get(item) != item]


def partial(place: Place) -> list[Path]:
    """Files and folders that something began and nothing finished, wherever in the workspace; folders of no row."""
    root = place.workspace.root
    begun = [path for pattern in {*PARTS, UNFINISHED} for path in root.rglob(pattern)]
    nobodys = [
        path
        for home, kind in KINDS.items()
        for path in (root / home).glob("[!.]*")
        if path.name not in place.store.ids(kind)
    ]
    inside = {path for path in begun if any(other in path.parents for other in begun)}
    return sorted({*begun, *nobodys} - inside)


def days_later(place: Place) -> list[Path]:
    """What is left of `partial` once two days have passed and `hilander gc` was called; nothing that is in use goes."""
    moment = time.time() - OLD
    for path in partial(place):
        os.utime(path, (moment, moment))
    for name in place.store.announced():
        place.store.set_fact(f"announced:{name}", str(moment))
    done = place.command("gc")
    assert done.returncode == 0, done.stderr
    return partial(place)


def sick(place: Place) -> list[str]:
    """What `hilander doctor` finds wrong; notes are no problems."""
    done = place.command("doctor", "--json")
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return [f"doctor ended with {done.returncode}: {done.stderr.strip()[-300:]}"]
    return [f"{it['place']}: {it['what']}" for it in found if it["problem"]]
