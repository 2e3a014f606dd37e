"""Nothing in the app reaches anybody's data but through the door: checked on the syntax trees and on the door."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

from hilander.services import door
from hilander.services.access import Action
from hilander.services.door.visit import LISTED
from hilander.services.store import Store
from hilander.services.workspace import Workspace
from tests.test_layers import Sources, sources

# What pages may take from services besides the door: words, kinds of rows, and what computes on what it is given.
FREE = {
    "access": {"SERVER", "Action", "Subject", "checkpoint", "dataset", "job", "run"},
    "answers": {"Judgement"},
    "checkpoints": {"LONGEST_NAME", "Choice", "file_name"},
    "datasets": {"Dataset", "UploadReport"},
    "disk": {"Usage", "readable"},
    "exclusions": {"OUT", "turned"},
    "exports": {"Asked", "Images", "Packed"},
    "full_disk": {"full", "is_full"},
    "image_map": {"shown"},
    "imports": {"SAME"},
    "journal": {"ANSWER", "EXCLUSION", "MARK", "NAME", "NOTE", "RECIPE", "Conflict", "Kind"},
    "people": {"LOCAL", "Person"},
    "recipes": {"Saved"},
    "report": {"left_out_words"},
    "said": {"ACCEPTED", "LONGEST_NOTE", "REJECTED", "Annotations", "Said", "item_of"},
    "search": {
        "MOST_BYTES",
        "MOST_VECTORS",
        "Near",
        "near_image",
        "near_vectors",
        "vectors_of_file",
        "vectors_of_text",
    },
    "server_paths": {"ROOTS_VARIABLE", "data_roots"},
    "store": {
        *(
            "EVERYBODY",
            "CheckpointRow",
            "DatasetRow",
            "EntryRow",
            "JobRow",
            "Level",
            "PersonRow",
            "RunRow",
            "ShareRow",
        ),
    },
    "sign_in": {"ALLOWED", "Claims", "NotAllowed", "SignInEnded", "ends", "person", "rules"},
    "training": {"check_labels", "default_name"},
    "trash": {"KEPT", "NOUNS", "Trashed"},
    "workspace": {"Workspace", "default_workspace"},  # names a workspace in the keys of caches
}
# The server itself, which starts the job process before anybody has come, and asks who comes.
SERVER = {
    "ui.opened": {"job_process.start", "jobs.submit_demo", "logs.set_up"},
    "ui.server.parts": {"logs.hide", "logs.set_up"},
    "ui.sign_in.visitor": {"signed_out.is_over"},
    "ui.sign_in.way": {"signed_out.end"},
}
# What a workspace or a visit would lead to is not for pages.
WAYS_AROUND = {name for name in dir(Workspace) if not name.startswith("_")} | {"store"}


def pages(known: Sources) -> dict[str, str]:
    return {name: text for name, text in known.items() if name.split(".")[0] in {"ui", "pages", "app"}}


def used(source: str) -> Iterator[str]:
    """ "jobs.submit_demo" for what a source takes from hilander.services, by import of the name or of its module."""
    tree, modules = ast.parse(source), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("hilander.services"))
        elif isinstance(node, ast.ImportFrom) and node.module == "hilander.services":
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hilander.services."):
            part = str(node.module).removeprefix("hilander.services.")
            yield from (f"{part}.{alias.name}" for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{modules[node.value.id]}.{node.attr}"
    names = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):  # a module handed on could be used anywhere
        if isinstance(node, ast.Name) and node.id in modules and id(node) not in names:
            yield f"{modules[node.id]} itself"


def around_the_door(known: Sources) -> list[str]:
    found = []
    for module, source in pages(known).items():
        allowed = {f"{part}.{name}" for part, names in FREE.items() for name in names}
        allowed |= SERVER.get(module, set())
        found += [
            f"{module}: {it}" for it in used(source) if it not in allowed and not it.startswith("door.")
        ]
        found += [
            f"{module}: .{name}" for name in attributes(source) if name in WAYS_AROUND and name != "root"
        ]
    return found


def attributes(source: str) -> Iterator[str]:
    """Of the calls visit() and default_workspace(), and of names of such things."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            of = node.value
            called = of.func.id if isinstance(of, ast.Call) and isinstance(of.func, ast.Name) else ""
            name = of.id if isinstance(of, ast.Name) else ""
            if {called, name} & {"visit", "default_workspace", "workspace"}:
                yield node.attr


def test_pages_reach_data_through_the_door_alone():
    assert around_the_door(sources()) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("from hilander.services.datasets import open_dataset", "ui.x: datasets.open_dataset"),
        ("from hilander.services import runs\nruns.open_run('r')", "ui.x: runs.open_run"),
        ("from hilander.services import runs as r\nf(r)", "ui.x: runs itself"),
        ("from hilander.services.store import open_store", "ui.x: store.open_store"),
        ("import hilander.services.jobs", "ui.x: hilander.services.jobs"),
        ("visit().store.datasets()", "ui.x: .store"),
        ("default_workspace().dataset_dir('d')", "ui.x: .dataset_dir"),
    ],
)
def test_the_check_sees_a_way_around(source, told):
    assert told in around_the_door({"ui.x": source})


def test_what_is_free_reads_and_writes_nothing():
    for part, names in FREE.items():
        module = importlib.import_module(f"hilander.services.{part}")
        for name in names - {"default_workspace", "Workspace"}:
            value = getattr(module, name)
            if inspect.isfunction(value):
                text = inspect.getsource(value)
                taken = {str(it.annotation) for it in inspect.signature(value).parameters.values()}
                assert not any("Workspace" in it or "Store" in it for it in taken), name
                assert "open_store" not in text, name
                assert "default_workspace" not in text, name
            assert value is not Store


def entries() -> dict[str, object]:
    """Every public function of the door, by module and name: what it needs."""
    found = {}
    for module in pkgutil.iter_modules(door.__path__):
        if module.name == "visit":
            continue
        one = importlib.import_module(f"{door.__name__}.{module.name}")
        for name, value in vars(one).items():
            own = inspect.isfunction(value) and value.__module__ == one.__name__
            if own and not name.startswith("_"):
                found[f"{module.name}.{name}"] = getattr(value, "needs", None)
    return found


def test_every_function_of_the_door_says_what_it_needs():
    assert len(entries()) > 50
    assert [name for name, need in entries().items() if need != LISTED and not isinstance(need, Action)] == []
