"""A full disk: known by whatever error it comes as, and said in the same words everywhere."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from hilander.services.disk import free_bytes, readable

# numpy and torch give no error number, safetensors and pyarrow put it into words
_WORDS = {
    "OSError": re.compile(
        r"no space left|quota exceeded|not enough free space|\d+ requested and \d+ written", re.IGNORECASE
    ),
    "SafetensorError": re.compile(r"no space left on device", re.IGNORECASE),
    "RuntimeError": re.compile(r"inline_container.*unexpected pos \d+ vs \d+"),
}
_NUMBERS = (errno.ENOSPC, errno.EDQUOT)


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that there is no room to write."""
    while error is not None:
        words = _WORDS.get("OSError" if isinstance(error, OSError) else type(error).__name__)
        if getattr(error, "errno", None) in _NUMBERS or (words and words.search(str(error))):
            return True
        error = error.__cause__ or error.__context__
    return False


def full(root: Path) -> str:
    """What a person reads."""
    return (
        f"The disk is full: {readable(free_bytes(root))} left where hilander keeps its files ({root}). "
        "What was half-written is removed and nothing else was changed. Make room, then try again."
    )
