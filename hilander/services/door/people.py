"""People: who was here, with whom a data set is shared, and what everybody uses."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from hilander.errors import InputError
from hilander.services import disk
from hilander.services.access import Action
from hilander.services.door.visit import Visit, on_dataset, on_server
from hilander.services.people import address
from hilander.services.sign_in import rules
from hilander.services.store import Level, PersonRow, ShareKind, ShareRow, now

COUNTED = timedelta(days=30)
LONGEST_EMAIL = 320
EMAIL = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;]+")


@on_server(Action.USE)
def arrive(visit: Visit) -> None:
    """Note that the visitor is here, and under which name."""
    visit.store.see_person(visit.person)


@on_dataset(Action.SHARE)
def known(visit: Visit, dataset_id: str) -> list[PersonRow]:
    """Whom this data set could be shared with: those whom `_seen` names, but for its owner and the visitor."""
    row = visit.store.dataset(dataset_id)
    left_out = {visit.person.id, row.owner if row else ""}
    return [person for person in _seen(visit, dataset_id) if person.id not in left_out]


def _seen(visit: Visit, dataset_id: str) -> list[PersonRow]:
    """Everybody who was here. Where anybody may come in, a stranger would read all their addresses: then only those
    with whom the data set is shared already, unless for administrators."""
    people = visit.store.people()
    if rules().allowed or visit.person.admin:
        return people
    has = {share.who for share in visit.store.shares(dataset_id)}
    return [person for person in people if {person.id, person.email} & has]


@on_dataset(Action.SHARE)
def shares(visit: Visit, dataset_id: str) -> list[ShareRow]:
    return visit.store.shares(dataset_id)


@on_dataset(Action.SHARE)
def share(visit: Visit, dataset_id: str, whom: str, level: Level) -> None:
    """Share with somebody who was here, by id, by e-mail or, of those whom `known` lists, by name; or with an e-mail
    that somebody will sign in with.

    Raises
    ------
    InputError   nobody of that name, more than one, no e-mail, or the owner
    """
    kind, who = _found(visit, dataset_id, whom.strip())
    row = visit.store.dataset(dataset_id)
    if row is not None and (kind, who) == ("person", row.owner):
        raise InputError("This data set is theirs already. Choose somebody else.")
    visit.store.share(ShareRow(dataset_id, kind, who, level, now(), visit.person.id))


@on_dataset(Action.SHARE)
def change_level(visit: Visit, dataset_id: str, share: ShareRow, level: Level) -> None:
    """From view to edit or back; nothing where it was taken back meanwhile."""
    if any((it.kind, it.who) == (share.kind, share.who) for it in visit.store.shares(dataset_id)):
        visit.store.share(replace(share, level=level, granted_by=visit.person.id))


@on_dataset(Action.SHARE)
def unshare(visit: Visit, dataset_id: str, share: ShareRow) -> None:
    visit.store.unshare(dataset_id, share.kind, share.who)


def _found(visit: Visit, dataset_id: str, text: str) -> tuple[ShareKind, str]:
    people, seen = visit.store.people(), _seen(visit, dataset_id)
    if text in {row.id for row in people}:
        return "person", text
    if "@" in text:
        if not EMAIL.fullmatch(text) or len(text) > LONGEST_EMAIL:
            raise InputError(
                f"Expected an e-mail address like ann@example.org; got {text[:80]!r}. Type it again."
            )
        same = [row.id for row in people if row.email == address(text)]
        return ("person", same[0]) if len(same) == 1 else ("email", address(text))
    named = [row.id for row in seen if row.name.casefold() == text.casefold()]
    if len(named) != 1:
        told = "more than one person" if named else "nobody"
        raise InputError(
            f"Expected the name or e-mail of somebody; {told} who signed in here is called {text[:80]!r}. Choose them "
            "in the list, or type their e-mail address."
        )
    return "person", named[0]


@dataclass(frozen=True)
class Use:
    """What a person uses: data sets, images in them, bytes of them with their runs, jobs asked for in 30 days."""

    person: str
    email: str
    datasets: int
    images: int
    bytes: int
    jobs: int


@on_server(Action.SEE_USAGE)
def usage(visit: Visit) -> list[Use]:
    """Everybody who was here or owns something, whoever takes most of the disk first. Jobs: those still kept."""
    store = visit.store
    sizes, taken = disk.usage(visit.workspace, store).datasets, dict[str, int]()
    for row in store.datasets():
        taken[row.owner] = taken.get(row.owner, 0) + sizes.get(row.id, 0)
    owned = {row["owner"]: row for row in store.owned()}
    started, emails = store.started_since(now() - COUNTED), {row.id: row.email for row in store.people()}
    found = []
    for person_id in {*owned, *started, *emails}:
        name = visit.names.get(person_id, person_id)
        has = owned.get(person_id, {"datasets": 0, "images": 0})
        counts = int(has["datasets"]), int(has["images"]), taken.get(person_id, 0), started.get(person_id, 0)
        found.append(Use(name, emails.get(person_id, ""), *counts))
    return sorted(found, key=lambda use: (-use.bytes, use.person))
