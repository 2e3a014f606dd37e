"""Who a signed-in person is and whether they may come in: what a provider says of them, and the operator's lists.

    claims of an ID token, Rules  ->  Person; or SignInEnded, NotAllowed

    HILANDER_ADMINS         verified addresses or ids, separated by commas
    HILANDER_ALLOWED        the same, and domains; unset: everybody whom the provider signs in
    HILANDER_SIGN_IN_HOURS  how long one sign-in holds

Knows nothing about cookies, pages or HTTP.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hilander.errors import InputError
from hilander.services.people import Person, address

ADMINS, ALLOWED, HOURS = "HILANDER_ADMINS", "HILANDER_ALLOWED", "HILANDER_SIGN_IN_HOURS"
USUAL_HOURS, MOST_HOURS = 12.0, 720.0  # Streamlit's cookie is gone after 30 days
LONGEST_NAME = 80
ID_MARK = "|"  # between issuer and subject; no address has it
_ADDRESS = re.compile(r"[^@\s|]+@[^@\s|]+")
_AT = "@\uff20\ufe6b"
_DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65"  # by itself one parts a name from an address
_DOMAIN = re.compile(r"@?([^@\s|/:]+\.[^@\s|/:]+)")
Claims = Mapping[str, Any]


class SignInEnded(InputError):  # noqa: N818 - says what is, as the other one
    """Nobody is signed in here, or not any more."""


class NotAllowed(InputError):  # noqa: N818
    """Signed in, and not one of those who may come in."""


@dataclass(frozen=True)
class Rules:
    """Who may come in, who is an admin, and how long a sign-in holds.

    Attributes
    ----------
    admins : addresses (as people.address writes them) and ids; they may always come in
    allowed : addresses, ids and domains ("@example.org"); empty: everybody whom the provider signs in
    seconds : how long a sign-in holds
    """

    admins: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    seconds: float = USUAL_HOURS * 3600


def rules() -> Rules:
    """As the environment says; InputError where it cannot be meant."""
    return _rules(*(os.environ.get(name, "") for name in (ADMINS, ALLOWED, HOURS)))


@lru_cache(maxsize=4)
def _rules(admins: str, allowed: str, hours: str) -> Rules:
    return Rules(_entries(ADMINS, admins), _entries(ALLOWED, allowed, domains=True), 3600 * _hours(hours))


def _entries(name: str, text: str, *, domains: bool = False) -> frozenset[str]:
    return frozenset(_entry(name, word, domains) for it in text.split(",") if (word := it.strip()))


def _entry(name: str, word: str, domains: bool) -> str:
    if ID_MARK in word:
        return word
    if _ADDRESS.fullmatch(word):
        return address(word)
    if domains and (domain := _DOMAIN.fullmatch(word)):
        return f"@{address(domain[1])}"
    kinds = "addresses, domains or ids" if domains else "addresses or ids"
    raise InputError(f"{name}: expected {kinds} separated by commas; got {word[:80]!r}.")


def _hours(text: str) -> float:
    try:
        hours = float(text) if text.strip() else USUAL_HOURS
    except ValueError:
        hours = 0.0
    if not 0 < hours <= MOST_HOURS:  # no NaN passes
        raise InputError(f"{HOURS} must be a number over 0 and at most {MOST_HOURS:g}; got {text[:80]!r}.")
    return hours


def person(claims: Claims, by: Rules) -> Person:
    """The person whom the claims of a sign-in are about.

    The id is issuer and subject, which a provider never gives to anybody else; addresses change hands. An address
    counts where the provider says that it is verified.

    Raises
    ------
    SignInEnded     nobody is signed in, or for longer than a sign-in holds
    NotAllowed      somebody is who may not come in
    """
    if claims.get("is_logged_in") is not True or not time.time() < ends(claims, by):
        raise SignInEnded("Your sign-in has ended. Reload the page to sign in again.")
    found = _person(claims, by)
    if by.allowed and not found.admin and not _belongs(found, by.allowed):
        raise NotAllowed(_why_not(found))
    return found


def ends(claims: Claims, by: Rules) -> float:
    """When the sign-in ends, in seconds since 1970; long ago where the claims do not say when it began."""
    began = claims.get("iat")
    return began + by.seconds if isinstance(began, int | float) and not isinstance(began, bool) else 0.0


def mark(claims: Claims) -> str:
    """What is the same for all that comes of one sign-in, and differs from one sign-in to the next."""
    parts = [str(claims.get(name)) for name in ("iss", "sub", "iat", "nonce", "at_hash")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _person(claims: Claims, by: Rules) -> Person:
    issuer, subject = (claims.get(name) for name in ("iss", "sub"))
    if not (isinstance(issuer, str) and issuer and isinstance(subject, str) and subject):
        raise NotAllowed("The provider does not say who you are: expected the claims iss and sub.")
    email = _verified(claims)
    who = f"{issuer}{ID_MARK}{subject}"
    return Person(who, _name(claims, email, subject), email, bool({who, email} & by.admins))


def _verified(claims: Claims) -> str:
    """The address; "" unless the provider says that it is theirs."""
    email = claims.get("email")
    verified = claims.get("email_verified") in (True, "true")  # some send a text
    return address(email) if verified and isinstance(email, str) and _ADDRESS.fullmatch(email) else ""


def _name(claims: Claims, email: str, subject: str) -> str:
    """A line to show to others. Only what the provider has verified looks like an address."""
    given = claims.get("name")
    text = given if isinstance(given, str) else ""
    return _line(text)[:LONGEST_NAME] or email or _line(f"person {subject[:12]}")


def _line(text: str) -> str:
    """One line, without characters that are not seen, and without what makes a name look like one with an address."""
    seen = (" " if _is_hidden(it) or it in _AT else it for it in unicodedata.normalize("NFC", text))
    return " ".join(word for word in "".join(seen).split() if word.strip(_DOTS))


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter).startswith("C")


def _belongs(who: Person, allowed: frozenset[str]) -> bool:
    return bool({who.id, who.email, who.email[who.email.find("@") :] if who.email else ""} & allowed)


def _why_not(who: Person) -> str:
    known = who.email or f"{who.id} (the provider confirms no address of yours)"
    return f"hilander is open to the people on its list, and {known} is not on it. Ask whoever runs it to add you."
