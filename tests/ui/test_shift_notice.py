"""The notice that a run's data are unlike the training data: on the explorer, and below a finished clustering."""

from __future__ import annotations

import pytest

from hilander.hierarchy.run import Run
from hilander.model.shift import Shift, compare
from tests.model.profiles import even, profile
from tests.ui.conftest import button, forest, opened, said
from tests.ui.test_data_and_cluster import finished

FAR = compare(profile(density=even(-0.4, 0.2)), (profile(),))
UNLIKE = compare(profile(density=even(0.3, 0.7)), (profile(),))
AT_HOME = compare(profile(), (profile(),))
LESS_SURE = "The network is less sure here than in training that neighbours belong together: median density"


def keep(workspace, run_id: str, meta: object) -> None:
    Run(forest(), meta=meta).save(workspace.run_dir(run_id), overwrite=True)


def plots(app) -> int:
    return len(app.get("plotly_chart"))


@pytest.fixture
def noted(app, run, workspace):
    def visit(shift: Shift):
        keep(workspace, run, {"shift": shift.to_dict()})
        return opened(app)

    return visit


def test_far_is_told_with_a_plot_and_can_be_put_away(noted):
    app = noted(FAR)
    assert "far from what this checkpoint was trained on" in said(app)
    assert f"{LESS_SURE} -0.10 against 0.60" in said(app).replace("\\", "")
    assert "Compare the levels by eye" in said(app)
    assert plots(app) == 1
    button(app, "Dismiss").click().run()
    assert "far from" not in said(app)
    assert plots(app) == 0
    app.slider(key="level-slider").set_value(1).run()
    assert "far from" not in said(app)


def test_somewhat_unlike_is_one_line_that_opens(noted):
    app = noted(UNLIKE)
    assert "somewhat unlike what this checkpoint was trained on" in said(app)
    assert plots(app) == 1  # in the popover
    button(app, "Dismiss").click().run()
    assert "somewhat unlike" not in said(app)


@pytest.mark.parametrize("shift", [AT_HOME, Shift("untold"), Shift("few")])
def test_else_the_explorer_says_nothing(noted, shift):
    app = noted(shift)
    assert "trained on" not in said(app)
    assert plots(app) == 0
    assert not app.exception


@pytest.mark.parametrize(
    "meta", [{}, {"shift": None}, {"shift": {"verdict": "far", "data": 3, "nearest": 4}}]
)
def test_a_run_that_does_not_say_is_shown_as_ever(app, run, workspace, meta):
    keep(workspace, run, meta)
    opened(app)
    assert "3 clusters, largest first" in said(app)
    assert "trained on" not in said(app)
    assert not app.error


@pytest.mark.parametrize(
    ("shift", "words", "drawn"),
    [
        (FAR, "far from what this checkpoint was trained on", 1),
        (UNLIKE, "somewhat unlike what this checkpoint was trained on", 0),
        (AT_HOME, "like what this checkpoint was trained on", 0),
        (Shift("untold"), "This checkpoint does not say what it was trained on.", 0),
    ],
)
def test_a_finished_clustering_says_it_too(cluster, store, dataset, workspace, shift, words, drawn):
    keep(workspace, "r", {"shift": shift.to_dict()})
    finished(store, dataset, 1)
    cluster.run()
    assert words in said(cluster)
    assert plots(cluster) == drawn
