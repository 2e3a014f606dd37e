"""Small facts, each a key and a text."""

from __future__ import annotations

import hashlib
import time

import sqlalchemy as sa

from hilander.services.store import schema
from hilander.services.store.base import Tables
from hilander.services.workspace import Workspace

DEMO_MADE = "demo-made"  # the fact that the demo data sets were made once
ANNOUNCED = "announced:"  # facts about folders that may have files and no row
SIGNED_OUT = "signed-out:"  # facts about sign-ins that were ended before their time


class Facts(Tables):
    workspace: Workspace

    def fact(self, key: str) -> str | None:
        found = self._read(sa.select(schema.facts.c.value).where(schema.facts.c.key == key))
        return str(found[0]["value"]) if found else None

    def set_fact(self, key: str, value: str) -> None:
        facts = schema.facts
        self._write(sa.delete(facts).where(facts.c.key == key), sa.insert(facts).values(key=key, value=value))

    def forget_fact(self, key: str) -> None:
        self._write(sa.delete(schema.facts).where(schema.facts.c.key == key))

    def facts(self, prefix: str) -> dict[str, str]:
        """All whose key begins so, by what stands behind that."""
        found = self._read(sa.select(schema.facts).where(schema.facts.c.key.startswith(prefix)))
        return {str(row["key"]).removeprefix(prefix): str(row["value"]) for row in found}

    def announce(self, folder: str) -> None:
        """Note that a folder of this workspace may have files and no row for a while; see leftovers.py."""
        self.set_fact(f"{self._announced_here()}{folder}", str(time.time()))

    def settle(self, folder: str) -> None:
        self.forget_fact(f"{self._announced_here()}{folder}")

    def announced(self) -> dict[str, float]:
        """Folders of this workspace that were announced and not settled: seconds since 1970 when."""
        return {folder: float(moment) for folder, moment in self.facts(self._announced_here()).items()}

    def _announced_here(self) -> str:
        """Keys name the workspace: another one on the same database may have folders of the same ids.

        Those of earlier versions do not say which was meant. They are left, and `hilander doctor` names the folders.
        """
        root = str(self.workspace.root.resolve())
        return f"{ANNOUNCED}{hashlib.blake2b(root.encode(), digest_size=8).hexdigest()}:"
