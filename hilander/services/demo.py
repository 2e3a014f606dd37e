"""The demo data sets, imported and clustered once, so that the first visit shows something.

`python -m hilander.services.demo` does it before the server starts (the Makefile calls it).
"""

from __future__ import annotations

from collections.abc import Callable

from hilander.services.store import Store
from hilander.services.workspace import Workspace


def ensure_demo(
    workspace: Workspace | None = None,
    store: Store | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> list[str]:
    """Import and cluster each demo set that was never made; ids of all (dataset id "demo-NAME").

    A set that the user deleted stays deleted. Two processes: the second waits for the first.
    `progress` gets (what is being done, share done) and may raise Cancelled.
    """
    raise NotImplementedError
