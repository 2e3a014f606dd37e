"""Who may do what: the one permission check, and the table that it reads.

    check(store, person, Action.ANNOTATE, run("3f2a"))       returns, or raises Refused
    allowed(store, person, Action.SHARE, dataset("17"))      the same as True or False

A person has one role towards one subject; the table says which actions a role may take. A run and a job are of their
data set, a checkpoint is its owner's. What the app does for a person goes through services.door, which asks here;
commands and the job process work beneath the door: they are the operator of the machine, whom no table stops.
Knows nothing about pages or about how people sign in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from hilander.errors import InputError
from hilander.services.people import LOCAL, Person
from hilander.services.store import Standing, Store


class Role(Enum):
    """What somebody is to a subject. Towards the server as a whole whoever signed in is MEMBER, LOCAL or ADMIN."""

    LOCAL = "the one user of a server without sign-in"
    ADMIN = "an administrator"
    OWNER = "the owner"
    EDITOR = "somebody it is shared with to edit"
    VIEWER = "somebody it is shared with to view"
    MEMBER = "somebody who signed in"
    STRANGER = "somebody it is not shared with"


class Action(Enum):
    """What can be done with a subject; the value says it within a sentence: "only the owner may ..."."""

    VIEW = "look at it"
    EXPORT = "take it away"
    ANNOTATE = "write about it"
    COMPUTE = "cluster it or train on it"
    DELETE = "delete or restore it"
    PURGE = "delete it for good"
    SHARE = "share it"
    SEE_JOBS = "see jobs on it"
    READ_LOG = "read the log of a job on it"
    CANCEL = "cancel, repeat or dismiss a job on it"
    MANAGE = "rename it"
    USE = "use the server"
    ADD = "add data sets and checkpoints"
    SERVER_PATHS = "name files on the server"
    SEE_DISK = "see how full the workspace is"
    SEE_USAGE = "see what everybody uses"


LOOKING = frozenset({Action.VIEW, Action.EXPORT, Action.SEE_JOBS})
EDITING = LOOKING | {Action.ANNOTATE, Action.COMPUTE, Action.READ_LOG, Action.CANCEL}
OWNING = EDITING | {Action.DELETE, Action.PURGE, Action.SHARE, Action.MANAGE}

# The table: role x action.
MAY: dict[Role, frozenset[Action]] = {
    Role.STRANGER: frozenset(),
    Role.MEMBER: frozenset({Action.USE, Action.ADD}),
    Role.VIEWER: LOOKING,
    Role.EDITOR: EDITING,
    Role.OWNER: OWNING,
    Role.ADMIN: frozenset(Action),
    Role.LOCAL: frozenset(Action) - {Action.SHARE, Action.SEE_USAGE},  # there is nobody else
}

Kind = Literal["dataset", "run", "checkpoint", "job", "server"]
NOUNS: dict[Kind, str] = {
    "dataset": "data set",
    "run": "run",
    "checkpoint": "checkpoint",
    "job": "job",
    "server": "server",
}


@dataclass(frozen=True)
class Subject:
    """What something is to be done with. `in_trash` : it lies there; what lies there is nothing to any other action."""

    kind: Kind
    id: str = ""
    in_trash: bool = False


SERVER = Subject("server")


def dataset(dataset_id: str) -> Subject:
    return Subject("dataset", dataset_id)


def run(run_id: str) -> Subject:
    return Subject("run", run_id)


def checkpoint(checkpoint_id: str) -> Subject:
    return Subject("checkpoint", checkpoint_id)


def job(job_id: str) -> Subject:
    return Subject("job", job_id)


class Refused(InputError):  # noqa: N818 - nothing is broken
    """A person may not do it. Of what they may not even see, the words are those for what is not there."""


Known = dict[Subject, Standing]


def check(
    store: Store, person: Person, action: Action, subject: Subject, known: Known | None = None
) -> Standing | None:
    """Return if the person may do it; how they stand to the subject, None to the server as a whole.

    `known` is what one visit has found out before, and grows; without it the store is asked.

    Raises
    ------
    Refused   they may not, or there is no such subject; which of the two a stranger is not told
    """
    standing = _standing(store, person, subject, known)
    found = role(person, subject, standing)
    if action not in MAY[found]:
        raise refusal(person, found, action, subject)
    return standing


def allowed(
    store: Store, person: Person, action: Action, subject: Subject, known: Known | None = None
) -> bool:
    """Whether `check` would let them."""
    return action in MAY[role(person, subject, _standing(store, person, subject, known))]


def role(person: Person, subject: Subject, standing: Standing | None) -> Role:
    """What the person is to it; to what is not there everybody is a stranger."""
    if subject != SERVER and standing is None:
        return Role.STRANGER
    if person.admin:
        return Role.LOCAL if person == LOCAL else Role.ADMIN
    return Role.MEMBER if standing is None else _towards(person, standing)


def _towards(person: Person, standing: Standing) -> Role:
    if _is(person, standing.owner):
        return Role.OWNER
    if standing.level is None:
        return Role.STRANGER
    if _is(person, standing.starter):  # of a job of their own on what is shared with them
        return Role.OWNER
    return Role.EDITOR if standing.level == "edit" else Role.VIEWER


def _is(person: Person, owner: str) -> bool:
    """Nobody who signs in is the local user, whatever they are called."""
    return owner == person.id and person.id != LOCAL.id


def _standing(store: Store, person: Person, subject: Subject, known: Known | None) -> Standing | None:
    if subject.kind == "server":
        return None
    if known is not None and subject in known:
        return known[subject]
    found = store.standing(subject.kind, subject.id, person)
    if found is None or found.away != subject.in_trash:
        return None
    if known is not None:
        known[subject] = found
    return found


def refusal(person: Person, found: Role, action: Action, subject: Subject) -> Refused:
    """The words of a refusal: the same for what is not there and for what a stranger may not see."""
    noun = NOUNS[subject.kind]
    if found is Role.STRANGER:
        where = " in the trash" if subject.in_trash else ""
        if person == LOCAL:
            gone = "restored, or deleted for good?" if subject.in_trash else "deleted?"
            return Refused(f"There is no {noun} {subject.id[:40]!r}{where} ({gone}). Choose another one.")
        return Refused(
            f"There is no {noun} {subject.id[:40]!r}{where}, or it is not shared with you. Choose another one, or ask "
            "whoever sent you here."
        )
    if subject.kind == "server":
        return Refused(f"Only an administrator may {action.value}. Ask one.")
    if action in EDITING:
        return Refused(
            f"This {noun} is shared with you to view. To {action.value}, ask its owner to share it with you to edit."
        )
    return Refused(f"Only the owner of this {noun} may {action.value}. Ask them.")
