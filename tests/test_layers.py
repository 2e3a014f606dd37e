"""Imports point one way, and each heavy library has its wrapper: checked on the syntax trees."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A module may import its own part, and parts that stand before it.
ORDER = (
    *(
        "errors",
        "config",
        "io",
        "embed",
        "demo",
        "graph",
        "model",
        "hierarchy",
        "calibrate",
        "train",
        "api",
        "estimator",
        "distributed",
    ),
    *("views", "services", "ui", "pages", "app"),
)
# The command line sits beside ui; `hilander` itself gives out what api has.
RANK = {part: rank for rank, part in enumerate(ORDER)} | {"hilander": ORDER.index("api")}
CLI_SEES = set(ORDER[: ORDER.index("ui")]) | {"hilander", "metrics", "cli"}
METRICS_USERS_FROM = RANK["train"]

STREAMLIT_PARTS = {"ui", "pages", "app"}
WRAPPERS = {
    "numba": {"graph.compiling"},
    "llvmlite": {"graph.compiling", "graph.machine_code"},
    "faiss": set(),  # what benchmarks and tests compare our search with
    "dgl": {"graph.dgl", "model.dgl_ops"},
    "umap": {"services.layout"},
    "dask": {"services.workers", "distributed.workers"},
    "distributed": {"services.host", "services.workers", "distributed.workers"},
    "cryptography": {"services.certificate"},
    "sqlalchemy": {"services.store"},
    "alembic": {"services.store"},
    "pyarrow": {"io.columns", "io.tables"},
    "PIL": {"io.images", "demo.draw"},
    "pandas": set(),  # comes with Streamlit; we use pyarrow
    "sklearn": {"estimator", "demo.sets"},
    "onnxruntime": {"embed.session"},
}
BARE = ("numpy", "scipy", "torch", "safetensors")
Sources = Mapping[str, str]


def sources() -> dict[str, str]:
    """Every module of ours, named from its part: "graph.knn", "pages.data", "app", "hilander"."""
    found = {}
    for path in sorted((ROOT / "hilander").rglob("*.py")):
        parts = path.relative_to(ROOT / "hilander").with_suffix("").parts
        found[".".join(parts).removesuffix("__init__").removesuffix(".") or "hilander"] = path.read_text()
    for path in sorted((ROOT / "pages").glob("*.py")):
        found[f"pages.{path.stem}"] = path.read_text()
    if (ROOT / "app.py").exists():
        found["app"] = (ROOT / "app.py").read_text()
    return found


def imported(module: str, source: str, *, typing_too: bool = True) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import, those inside functions included."""
    tree = ast.parse(source)
    if not typing_too:
        tree.body = [node for node in tree.body if not is_typing_block(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            assert node.level == 0, f"{module}:{node.lineno} imports relatively; write the whole name"
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_typing_block(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def ours(name: str, known: Sources) -> str | None:
    """The module of ours that a dotted import names: "hilander.io.labels.read_labels" is "io.labels"."""
    words = name.split(".")
    if words[0] not in {"hilander", "pages", "app"}:
        return None
    inside = words[1:] if words[0] == "hilander" else words
    while inside and ".".join(inside) not in known:
        inside.pop()
    return ".".join(inside) or "hilander"


def part(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def may_import(importer: str, target: str) -> bool:
    a, b = part(importer), part(target)
    if a == b:
        return True
    if a == "__main__":
        return b == "cli"
    if a == "cli":
        return b in CLI_SEES
    if b == "metrics":
        return RANK[a] >= METRICS_USERS_FROM
    return a != "metrics" and b in RANK and RANK[b] < RANK[a]


def wrong_arrows(known: Sources) -> list[str]:
    return [
        f"{module}:{line} imports {target}"
        for module, source in known.items()
        for line, name in imported(module, source)
        if (target := ours(name, known)) and not may_import(module, target)
    ]


def outside_wrappers(known: Sources) -> list[str]:
    return [
        f"{module}:{line} imports {library}"
        for module, source in known.items()
        for line, name in imported(module, source)
        if (library := name.split(".")[0]) in {*WRAPPERS, "streamlit"}
        and not (part(module) in STREAMLIT_PARTS if library == "streamlit" else wraps(module, library))
    ]


def wraps(module: str, library: str) -> bool:
    """Whether it is one of the library's wrappers, or inside one that is a package."""
    return any(module == one or module.startswith(f"{one}.") for one in WRAPPERS[library])


def circle(known: Sources) -> list[str]:
    """The modules that no order can hold: those left when neither end can be peeled off any more."""
    arrows = {
        (module, target)
        for module, source in known.items()
        for _, name in imported(module, source, typing_too=False)
        if (target := ours(name, known)) and target != module
    }
    while True:
        importers, targets = {a for a, _ in arrows}, {b for _, b in arrows}
        kept = {(a, b) for a, b in arrows if a in targets and b in importers}
        if kept == arrows:
            return sorted(importers)
        arrows = kept


def test_imports_point_one_way():
    assert wrong_arrows(sources()) == []


def test_no_module_imports_itself_in_a_circle():
    assert circle(sources()) == []


def test_heavy_libraries_stay_in_their_wrappers():
    assert outside_wrappers(sources()) == []


def test_every_wrapper_exists_and_none_has_more_than_two_in_a_part():
    known = sources()
    assert {m for modules in WRAPPERS.values() for m in modules} <= known.keys()
    assert (
        max(Counter(map(part, modules)).most_common(1)[0][1] for modules in WRAPPERS.values() if modules) <= 2
    )


def test_the_command_line_alone_clusters_on_a_cluster():
    """The library does without it: a clustering on one machine must not load dask."""
    known = sources()
    users = {
        module
        for module, source in known.items()
        for _, name in imported(module, source)
        if part(ours(name, known) or "") == "distributed" and part(module) != "distributed"
    }
    assert users == {"cli.cluster_far"}


SOME = dict.fromkeys(
    ("errors", "api", "hierarchy.build", "ui.forms", "cli.main", "pages.data", "io.labels", "graph.knn"), ""
)
PLANTED = [
    ("graph.knn", "from hilander.hierarchy.build import build", "graph.knn:1 imports hierarchy.build"),
    ("graph.knn", "def f():\n    import hilander.hierarchy.build", "graph.knn:2 imports hierarchy.build"),
    ("metrics", "from hilander.errors import InputError", "metrics:1 imports errors"),
    ("io.labels", "from hilander import api", "io.labels:1 imports api"),
    ("cli.cut", "from hilander.ui import forms", "cli.cut:1 imports ui.forms"),
    ("services.jobs", "from hilander.cli import main", "services.jobs:1 imports cli.main"),
    ("ui.forms", "from pages import data", "ui.forms:1 imports pages.data"),
]


@pytest.mark.parametrize(("module", "source", "told"), PLANTED)
def test_the_check_sees_a_planted_wrong_arrow(module, source, told):
    assert wrong_arrows(SOME | {module: source}) == [told]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("views.levels", "import streamlit as st"),
        ("cli.app", "import streamlit.web.cli"),
        ("graph.knn", "def f():\n    import faiss"),
        ("services.jobs", "from umap import UMAP"),
        ("views.levels", "from sklearn.metrics import f1_score"),
    ],
)
def test_the_check_sees_a_planted_heavy_import(module, source):
    assert len(outside_wrappers({module: source})) == 1


def test_the_check_sees_a_planted_circle():
    planted = {
        "io.a": "from hilander.io import b",
        "io.b": "from hilander.io.a import f",
        "io.c": "import hilander.io.a",
    }
    assert circle(planted) == ["io.a", "io.b"]


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_hilander_imports_no_heavy_library():
    heavy = sorted({*WRAPPERS, "streamlit", "plotly"})
    found = run_python(f"import sys, hilander, hilander.api; print([m for m in {heavy} if m in sys.modules])")
    assert found == "[]"


def test_pages_are_drawn_without_the_libraries_of_computing():
    """The web process stays small and quick to start: torch and its like live in the job process."""
    every = [name for name in sources() if name.startswith("ui.")]
    code = "; ".join(f"import hilander.{name}" for name in every)
    loaded = run_python(f"import sys; {code}; print(*sys.modules)").split()
    assert "streamlit" in loaded
    assert {"torch", "faiss", "dgl", "umap", "sklearn", "distributed", "onnxruntime"}.isdisjoint(loaded)


def test_clustering_needs_only_the_four_core_packages():
    absent = sorted({*WRAPPERS, "streamlit", "plotly", "tqdm"})
    code = f"""
import sys
sys.modules.update(dict.fromkeys({absent}))  # None there: importing it raises ImportError
import numpy as np, hilander
from hilander.graph import loops
loops.MANY = 0
h = hilander.cluster(np.random.default_rng(0).normal(size=(60, 8)), k=5)
print(h.n)
"""
    assert run_python(code) == "60"
