"""Which faults there are: name to what makes its outcomes, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hilander.model.checkpoint import load_checkpoint
from hilander.services.checkpoint_intake import file_checkpoint, row_of
from suite import postgres
from suite.intake.generated import generate
from suite.reliability import corrupting, cutting, setting_clocks
from suite.reliability.filling import FULL, NoRightError, small_disk
from suite.reliability.holding import held
from suite.reliability.killing import HOST, KILLS
from suite.reliability.outcome import Outcome
from suite.reliability.pages import journal_on_a_full_disk
from suite.reliability.place import Place
from suite.reliability.proxy import Proxy
from suite.reliability.trial import Fault, Setting, trial, undisturbed
from suite.reliability.work import BASE, DIM, WORKS, make_base

Say = Callable[[str], None]
CHECKPOINT = "checked"


@dataclass(frozen=True)
class Asked:
    """rounds : of kills of worker and app, ten times those of the other faults;  images : of an import, and a sixth of
    the rows of a clustering;  say : told of each round."""

    rounds: int
    images: int
    seed: int
    say: Say

    @property
    def few(self) -> int:
        return max(1, self.rounds // 10)


@contextmanager
def setting(folder: Path, place: Place, asked: Asked) -> Iterator[Setting]:
    """A place with a data set and a run in it, and each work done without a fault."""
    place.home.mkdir(exist_ok=True)
    with place.used():
        given = make_base(place, generate(folder / "files", asked.images, DIM))
        with place.app():
            kept = {work.name: undisturbed(place, given, work, folder / "kept") for work in WORKS}
        asked.say(", ".join(f"{name} takes {it.seconds:.1f} s" for name, it in kept.items()))
        yield Setting(place, given, kept, asked.seed, asked.say)


def _trials(here: Setting, faults: tuple[Fault, ...], rounds: int) -> Iterator[Outcome]:
    for fault in faults:
        for work in WORKS:
            yield trial(here, work, fault, rounds)


def killed(folder: Path, asked: Asked) -> Iterator[Outcome]:
    with setting(folder, Place(folder / "home"), asked) as here:
        yield from _trials(here, KILLS, asked.rounds)
        yield from _trials(here, (HOST,), asked.few)


def full(folder: Path, asked: Asked) -> Iterator[Outcome]:
    try:
        with small_disk(folder / "disk") as disk, setting(folder, Place(disk / "home"), asked) as here:
            yield from _trials(here, (FULL,), asked.few)
            yield journal_on_a_full_disk(here)
    except NoRightError as error:
        yield Outcome("disk full", "nothing", wrong=[f"not tried: {error}"])


def locked(folder: Path, asked: Asked) -> Iterator[Outcome]:
    with setting(folder, Place(folder / "home"), asked) as here:
        yield from _trials(here, (held("SQLite"),), asked.few)
    with _server() as server, setting(folder / "pg", _on(server, folder / "pg"), asked) as here:
        yield from _trials(here, (held("PostgreSQL"),), asked.few)


def clock(folder: Path, asked: Asked) -> Iterator[Outcome]:
    if not setting_clocks.Clock.can_be_made():
        yield Outcome("clock set", "nothing", wrong=["not tried: there is no C compiler"])
        return
    clock = setting_clocks.Clock(folder)
    env = clock.environment()
    with setting(folder, Place(folder / "home", env=env, looks_after=False), asked) as here:
        yield from _trials(here, setting_clocks.faults(clock), asked.few)


def corrupt(folder: Path, asked: Asked) -> Iterator[Outcome]:
    place = Place(folder / "home")
    with setting(folder, place, asked) as here:
        shipped = load_checkpoint("relational")
        file_checkpoint(
            place.workspace, place.store, shipped, row_of(shipped, CHECKPOINT, "Checked", "shipped")
        )
        home = place.workspace
        folders = (home.dataset_dir(BASE), home.run_dir(BASE), home.checkpoint_dir(CHECKPOINT))
        for one in folders:
            yield from corrupting.corrupted(place, one, asked.few, asked.seed, here.say)
        for one in folders[:2]:
            yield corrupting.on_pages(place, one)


def cut(folder: Path, asked: Asked) -> Iterator[Outcome]:
    with _server() as server, Proxy(server.port) as proxy:
        at = f"{proxy.address}:{proxy.port}"
        place = _on(server, folder)
        env = {"HILANDER_DATABASE_URL": place.url.replace(f"127.0.0.1:{server.port}", at)}
        with setting(folder, Place(place.home, place.url, env), asked) as here:
            yield from _trials(here, cutting.faults(proxy, server), asked.few)


@contextmanager
def _server() -> Iterator[postgres.Server]:
    programs = postgres.programs()
    if programs is None:
        raise RuntimeError("this needs PostgreSQL: tools/postgres.sh installs it")
    with postgres.server(programs) as found:
        yield found


def _on(server: postgres.Server, folder: Path) -> Place:
    folder.mkdir(exist_ok=True)
    return Place(folder / "home", server.database())


FAULTS: dict[str, Callable[[Path, Asked], Iterator[Outcome]]] = {
    "kill": killed,
    "full": full,
    "held": locked,
    "clock": clock,
    "corrupt": corrupt,
    "cut": cut,
}
