"""Sign-ins that were ended before their time: a cookie cannot be called back from whoever has a copy of it.

    end(claims)        from now on this sign-in is nobody's, also after a restart
    is_over(claims)    whether it was ended

Kept in memory, and in the store as long as the sign-in could hold, whatever HILANDER_SIGN_IN_HOURS is set to after
it. Knows nothing about cookies or pages.
"""

from __future__ import annotations

import threading
import time
from functools import lru_cache

from hilander.services import sign_in
from hilander.services.sign_in import Claims, Rules
from hilander.services.store import Store, open_store
from hilander.services.store.facts import SIGNED_OUT

LONGEST = Rules(seconds=3600 * sign_in.MOST_HOURS)
_lock = threading.Lock()


def end(claims: Claims) -> None:
    """End this sign-in."""
    mark, until = sign_in.mark(claims), sign_in.ends(claims, LONGEST)
    if until <= time.time():
        return
    with _lock:
        _over(open_store())[mark] = until
        open_store().set_fact(f"{SIGNED_OUT}{mark}", str(until))


def is_over(claims: Claims) -> bool:
    """Whether this sign-in was ended."""
    return sign_in.mark(claims) in _over(open_store())


@lru_cache(maxsize=4)
def _over(store: Store) -> dict[str, float]:
    """Marks of ended sign-ins and until when they could hold; those that no longer could are forgotten."""
    found = {mark: float(until) for mark, until in store.facts(SIGNED_OUT).items()}
    for mark, until in found.items():
        if until <= time.time():
            store.forget_fact(f"{SIGNED_OUT}{mark}")
    return {mark: until for mark, until in found.items() if until > time.time()}
