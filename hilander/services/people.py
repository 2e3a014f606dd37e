"""Who does something: a signed-in person, or the one local user where nobody signs in.

People choose what they are called: an id tells who somebody is, a name does not.
Knows nothing about sign-in, pages or what a person may do.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

SHORTEST_END = 6  # letters of an id
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True)
class Person:
    """One person, as services are told of them.

    Attributes
    ----------
    id : never changes; "local", or what the sign-in's provider calls them. Kept in the database
    name : what other people are shown
    email : as the provider verified it, as `address` writes it; "" without
    admin : sees usage and may do everything
    """

    id: str
    name: str
    email: str = ""
    admin: bool = False


LOCAL = Person("local", "local user", admin=True)


def address(text: str) -> str:
    """An e-mail address or a domain, as it is compared: A-Z in lower case, and no other letter.

    Unicode's lower case makes ASCII of what is not: the Kelvin sign becomes a k, and the address somebody else's.
    """
    return text.translate(_LOWER)


def told_apart(called: Mapping[str, str]) -> dict[str, str]:
    """What people are called, by id: with the end of their id where others are called the same."""
    alike: dict[str, list[str]] = {}
    for who, text in called.items():
        alike.setdefault(_heard(text), []).append(who)
    return {who: text + _end(who, alike[_heard(text)]) for who, text in called.items()}


def _heard(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _end(who: str, alike: list[str]) -> str:
    """The shortest end of an id that no other has; nothing where there is no other."""
    others = [it for it in alike if it != who]
    ends = (who[-n:] for n in range(SHORTEST_END, len(who)))
    found = next((end for end in ends if not any(it.endswith(end) for it in others)), who)
    return f" · id …{found}" if others else ""
