"""Who does something: a signed-in person, or the one local user where nobody signs in.

People choose what they are called: an id tells who somebody is, a name does not.
Knows nothing about sign-in, pages or what a person may do.
"""

from __future__ import annotations

import string
from dataclasses import dataclass

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
