"""Who the claims of a sign-in let in: the one question that the gate and the pages both ask."""

from __future__ import annotations

from hilander.services import sign_in, signed_out
from hilander.services.people import Person
from hilander.services.sign_in import Claims, SignInEnded


def visitor(claims: Claims) -> Person:
    """The person; SignInEnded without a sign-in that holds, NotAllowed for somebody who may not come in."""
    found = sign_in.person(claims, sign_in.rules())
    if signed_out.is_over(claims):
        raise SignInEnded("You have signed out. Reload the page to sign in again.")
    return found
