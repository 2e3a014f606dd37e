"""The audit: split identities and mixed clusters of the small run, with labels for half of its images."""

from __future__ import annotations

import zipfile
from importlib import import_module

import numpy as np
import pytest

from hilander.services.datasets import import_dataset, inspect_upload
from tests.services.small_uploads import png
from tests.ui.conftest import N, forest, keep_run, opened, said

GROUPS = import_module("hilander.ui.components.group_list")
GRID = import_module("hilander.ui.components.image_grid")
LEVELS = import_module("hilander.ui.components.level_list")
HTML, RTL = '<img src=x onerror="alert(1)">', "שלום"


@pytest.fixture
def drawn(monkeypatch):
    """What each component was given last, by its key."""
    data = {}
    for module in (GROUPS, GRID, LEVELS):
        monkeypatch.setattr(module, "_mount", lambda **words: data.update({words["key"]: words["data"]}))
    return data


def labelled(labels, workspace, store, folder):
    """The small run on a data set whose images have these labels, empty where there is none."""
    np.save(folder / "tiles.npy", np.random.default_rng(0).normal(size=(N, 4)))
    with zipfile.ZipFile(folder / "tiles.zip", "w") as archive:
        for i in range(N):
            archive.writestr(f"tile_{i}.png", png((30 * i, 90, 200 - 20 * i)))
    quoted = [f'tile_{i}.png,"{label.replace(chr(34), chr(34) * 2)}"' for i, label in enumerate(labels)]
    (folder / "labels.csv").write_text("\n".join(["id,label", *quoted]) + "\n", encoding="utf-8")
    report = inspect_upload(folder / "tiles.npy", folder / "tiles.zip", folder / "labels.csv")
    return keep_run("run1", forest(), workspace, store, import_dataset(workspace, store, report, "Tiles"))


@pytest.fixture
def audited(workspace, store, tmp_path):
    """Level 2 joins {0 1 2 5 6}, {3 4}, {7}: the first mixes HTML, HTML and RTL; HTML is split over two."""
    return labelled([HTML, HTML, "", HTML, "", RTL, "", ""], workspace, store, tmp_path)


def test_split_identities_with_their_parts(app, audited, drawn):
    opened(app, run=audited, level=2, view="audit")
    (group,) = drawn["audit-split"]["groups"]
    assert group["title"] == HTML
    assert group["note"] == "3 images in 2 clusters; 1 outside the largest part"
    assert [(it["id"], it["title"], it["note"]) for it in group["cards"]] == [
        (1, "2 of 3", "#0 · 5 images"),
        (4, "1 of 3", "#1 · 2 images"),
    ]
    assert "4 of 8 images have a label; only those are counted. 1 cluster without a labelled image." in said(
        app
    )
    figures = {it.label: it.value for it in app.metric}
    assert (figures["Whole identities"], figures["Split identities"]) == ("1", "1")
    assert (figures["Pure clusters"], figures["Mixed clusters"]) == ("1", "1")
    assert "Audit" in app.segmented_control(key="view").options


def test_mixed_clusters_open_with_the_rarest_identity_first(app, audited, drawn):
    opened(app, run=audited, level=2, view="audit", audit="mixed")
    (group,) = drawn["audit-mixed"]["groups"]
    assert group["title"] == "Cluster #0"
    assert group["note"].startswith("5 images, 3 with a label; 2 identities; impurity 0.33")
    assert [(it["id"], it["title"], it["note"]) for it in group["cards"]] == [
        (1, HTML, "2 images"),
        (1, RTL, "1 image"),
    ]
    opened(app, cluster=1)
    assert [it["id"] for it in drawn["audit-astray"]["cards"]] == [5]
    assert [it["id"] for it in drawn["audit-parts"]["cards"]] == [4]
    assert "1 of 3 labelled images" in said(app)
    assert "<img" not in said(app).replace("\\<img", "")


def test_each_level_with_its_counts(app, audited, drawn):
    opened(app, run=audited, level=1, view="audit", audit="levels")
    cells = [it["cells"][:4] for it in drawn["audit-levels"]["rows"]]
    assert cells == [("1", "1", "0", "4"), ("1", "1", "0", "3"), ("1", "1", "1", "1")]
    assert drawn["audit-levels"]["chosen"] == 1


def test_the_list_and_the_order_stand_in_the_url(app, audited, drawn):
    opened(app, run=audited, level=2, view="audit", page=3)
    app.segmented_control(key="audit-list").set_value("mixed").run()
    app.segmented_control(key="audit-order").set_value("share").run()
    assert (app.query_params["audit"], app.query_params["worst"]) == ("mixed", "share")
    assert "page" not in app.query_params


def test_nothing_is_wrong_at_a_level_without_joins(app, audited, drawn):
    opened(app, run=audited, level=0, view="audit", audit="mixed")
    assert "No cluster mixes identities." in said(app)


def test_it_holds_a_cut_by_links_against_the_labels_too(app, audited, drawn):
    opened(app, run=audited, level=2, links=0.85, view="audit")
    assert drawn["audit-split"]["groups"][0]["note"] == "3 images in 2 clusters; 1 outside the largest part"


def test_without_labels_it_is_not_offered_and_a_link_to_it_explains(app, run, drawn):
    opened(app, run=run)
    assert "Audit" not in app.segmented_control(key="view").options
    opened(app, view="audit")
    assert "No image of this data set has a label" in said(app)
    assert not app.exception
