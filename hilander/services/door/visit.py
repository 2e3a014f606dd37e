"""One person's visit, and the decorators by which a function of the door says what a visitor must be allowed to.

    @on_run(Action.ANNOTATE)
    def say(visit, run_id, ...): ...          checked before it begins; Refused where it is not allowed

How a person stands to something is remembered as long as the visit lives: make a new one for every press.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from hilander.services import access
from hilander.services.access import LOOKING, SERVER, Action, Subject
from hilander.services.people import LOCAL, Person
from hilander.services.store import Standing, Store, open_store
from hilander.services.workspace import Workspace, default_workspace
from hilander.views.told_apart import told_apart

P = ParamSpec("P")
Arg = TypeVar("Arg")
Result = TypeVar("Result")
LISTED = "listed"  # what a function needs that gives only what its visitor may see
_CHANGING = frozenset(Action) - LOOKING - {Action.USE, Action.SEE_DISK, Action.SEE_USAGE}


class Visit:
    """A person in a workspace, for as long as one press takes. Safe between threads.

    opened : what pages have opened meanwhile, by kind and id: whoever puts something there has checked
    """

    def __init__(self, person: Person, workspace: Workspace | None = None) -> None:
        self.person = person
        self.workspace = workspace or default_workspace()
        self._known: access.Known = {}
        self.opened: dict[tuple[str, str], Any] = {}

    @property
    def store(self) -> Store:
        return open_store(self.workspace)

    @cached_property
    def names(self) -> dict[str, str]:
        """What people are called, by id; no two are called the same."""
        return told_apart({row.id: row.name for row in self.store.people()} | {LOCAL.id: LOCAL.name})

    def check(self, action: Action, subject: Subject) -> Standing | None:
        """`access.check`; Refused where it is not allowed."""
        return access.check(self.store, self.person, action, subject, self._known)

    def may(self, action: Action, subject: Subject) -> bool:
        """Whether `check` would let them."""
        return access.allowed(self.store, self.person, action, subject, self._known)

    def forget(self) -> None:
        """Something was changed: ask anew."""
        self._known, self.opened = {}, {}


class Door(Protocol[Arg]):
    """A decorator that leaves the types of a function as they are."""

    def __call__(
        self, call: Callable[Concatenate[Visit, Arg, P], Result], /
    ) -> Callable[Concatenate[Visit, Arg, P], Result]: ...


def needs(action: Action, subject_of: Callable[[Arg], Subject]) -> Door[Arg]:
    """The first argument after the visit names the subject."""

    def decorate(
        call: Callable[Concatenate[Visit, Arg, P], Result],
    ) -> Callable[Concatenate[Visit, Arg, P], Result]:
        @wraps(call)
        def checked(visit: Visit, arg: Arg, /, *args: P.args, **kwargs: P.kwargs) -> Result:
            visit.check(action, subject_of(arg))
            try:
                return call(visit, arg, *args, **kwargs)
            finally:
                if action in _CHANGING:
                    visit.forget()

        return _marked(checked, action)

    return decorate


def on_dataset(action: Action) -> Door[str]:
    return needs(action, access.dataset)


def on_run(action: Action) -> Door[str]:
    return needs(action, access.run)


def on_job(action: Action) -> Door[str]:
    return needs(action, access.job)


def on_checkpoint(action: Action) -> Door[str]:
    return needs(action, access.checkpoint)


class ServerDoor(Protocol):
    """The same for functions that are about the server as a whole."""

    def __call__(
        self, call: Callable[Concatenate[Visit, P], Result], /
    ) -> Callable[Concatenate[Visit, P], Result]: ...


def on_server(action: Action) -> ServerDoor:
    def decorate(call: Callable[Concatenate[Visit, P], Result]) -> Callable[Concatenate[Visit, P], Result]:
        @wraps(call)
        def checked(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> Result:
            visit.check(action, SERVER)
            return call(visit, *args, **kwargs)

        return _marked(checked, action)

    return decorate


def listed(call: Callable[P, Result]) -> Callable[P, Result]:
    """For a list that the database filters: it holds only what the visitor may see, empty where that is nothing."""
    return _marked(call, LISTED)


def _marked(call: Callable[P, Result], need: object) -> Callable[P, Result]:
    call.needs = need  # type: ignore[attr-defined]
    return call
