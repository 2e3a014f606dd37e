"""Who does something: a signed-in person, or the one local user where nobody signs in.

Knows nothing about sign-in, pages or what a person may do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """One person, as services are told of them.

    Attributes
    ----------
    id : never changes; "local", or what the sign-in's provider calls them. Kept in the database
    name : what other people are shown
    email : as the provider verified it, lower case; "" without
    admin : sees usage and may do everything
    """

    id: str
    name: str
    email: str = ""
    admin: bool = False


LOCAL = Person("local", "local user", admin=True)
