"""People at one server: what is Ann's, Stan finds by no list and no link; Vi may look at it and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from hilander.errors import InputError
from hilander.hierarchy.cuts import Cut
from hilander.services import recipes
from hilander.services.door import jobs, runs
from hilander.services.door.visit import Visit
from hilander.services.people import Person
from hilander.services.store import ShareRow, now
from hilander.ui import opened as opened_once
from hilander.ui import person
from tests.ui.conftest import ROOT, opened, said

GRID = import_module("hilander.ui.components.image_grid")  # its package gives the function that name
ANN, VI, STAN = (Person(it, it.title(), f"{it}@example.org") for it in ("ann", "vi", "stan"))
ROOT_PERSON = Person("root", "Root", admin=True)


@pytest.fixture
def shown(monkeypatch):
    """The images on the page, as the browser gets them."""
    found: list[str] = []
    monkeypatch.setattr(
        GRID, "_mount", lambda **words: found.extend(card["image"] for card in words["data"]["cards"])
    )
    return found


@pytest.fixture
def at(monkeypatch):
    """Let somebody be the one at the page."""
    monkeypatch.setattr(person, "signs_in", lambda: True)
    monkeypatch.setattr("hilander.ui.account.account", lambda: None)  # it asks the browser's own sign-in

    def sit_down(who: Person) -> None:
        monkeypatch.setattr(person, "current", lambda: who)

    sit_down(STAN)
    return sit_down


@pytest.fixture
def anns(store, dataset, run, at, monkeypatch) -> str:
    """The data set of tests/ui/conftest with its run is Ann's, and Vi may look at it. Not everybody may come in."""
    monkeypatch.setenv("HILANDER_ALLOWED", "example.org")
    give(store, dataset, ANN)
    store.share(ShareRow(dataset, "email", VI.email, "view", now(), ANN.id))
    for who in (ANN, VI, STAN):
        store.see_person(who)
    return dataset


def give(store, dataset_id: str, who: Person) -> None:
    rows = store.dump()
    rows["datasets"] = [row | {"owner": who.id} for row in rows["datasets"] if row["id"] == dataset_id]
    store.load(rows)


def page(name: str, **query: str) -> AppTest:
    made = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=60)
    made.query_params.update(query)
    return made.run()


def keys(app: AppTest) -> set[str]:
    return {str(it.key) for it in app.button}


def explorer(run: str | None, **query: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    return opened(app, **query) if run is None else opened(app, run=run, **query)


def test_a_stranger_finds_nothing_though_everything_was_open_just_before(anns, run, at, shown, store):
    at(ANN)
    assert "Level 2 of 2" in said(explorer(run))
    assert shown
    shown.clear()
    at(STAN)
    theirs, missing = (said(explorer(run_id)).replace("\\", "") for run_id in (run, "none"))
    assert "There is no run 'run1', or it is not shared with you" in theirs
    assert theirs.replace("run1", "none") == missing
    assert "There is no data set" in said(
        opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), dataset=anns)
    )
    for read in (
        lambda: opened_once.dataset(anns),
        lambda: opened_once.run(run),
        lambda: opened_once.tree(anns, run),
    ):
        with pytest.raises(InputError, match="not shared with you"):
            read()
    assert shown == []


def test_a_stranger_s_lists_are_empty(anns, run, at, store):
    job = store.add_job("cluster", {}, dataset_id=anns, run_id="none", name="Her job", owner=ANN.id)
    store.workspace.log_path(job).write_text("what Ann's job wrote\n")
    data = page("data")
    assert "Tiles" not in said(data)
    assert keys(data) == set()
    assert "Nothing runs and nothing waits" in said(page("jobs"))
    log = page("jobs", job=job)
    assert "written nothing" in said(log)
    assert "what Ann's job wrote" not in "".join(it.value for it in log.code)
    assert "No data set yet" in said(page("cluster"))
    at(ANN)
    assert "Tiles" in said(page("data"))
    assert "what Ann's job wrote" in page("jobs", job=job).code[0].value


WRITES = {"mark-accepted", "mark-rejected", "undo-own", "save-recipe", "open-questions"}


def test_whoever_may_view_looks_around_without_a_way_to_change_anything(anns, run, at, store):
    at(ANN)
    assert keys(explorer(run, cluster=1)) >= WRITES - {"undo-own"}
    at(VI)
    app = explorer(run, cluster=1)
    assert "Shared with you to view by Ann" in said(app)
    assert "Cluster of 5 images" in said(app)
    assert not keys(app) & WRITES
    assert [it.key for it in app.text_input if "said-name" in str(it.key)] == []
    data = page("data")
    assert keys(data) == {f"Explore-{anns}"}
    cluster = page("cluster", dataset=anns)
    assert "shared with you to view" in said(cluster)
    assert keys(cluster) == {f"explore-{run}", f"making-{run}"}
    assert "no data set here has any" not in said(page("train")) or anns not in said(page("train"))


def test_a_press_on_an_older_page_is_refused_with_words(anns, run, at, store):
    store.share(ShareRow(anns, "email", VI.email, "edit", now(), ANN.id))
    at(VI)
    app = explorer(run, cluster=1)
    store.share(ShareRow(anns, "email", VI.email, "view", now(), ANN.id))
    app.button(key="mark-accepted").click().run()
    assert "shared with you to view. To write about it, ask its owner" in said(app).replace("\\", "")
    assert store.entries(run) == []


def test_what_is_taken_back_is_gone_at_the_next_press(anns, run, at, store):
    at(VI)
    app = explorer(run, cluster=1)
    assert not app.exception
    store.unshare(anns, "email", VI.email)
    app.button(key="all-clusters").click().run()
    assert "There is no run" in said(app)
    assert "Cluster of" not in said(app)


def test_whose_a_data_set_is_stands_beside_it_and_its_owner_shares_it(anns, at):
    at(VI)
    assert ":material/person: Ann" in said(page("data"))
    at(ANN)
    data = page("data")
    assert ":material/person:" not in said(data)
    assert f"share-{anns}" in keys(data)


def sharing() -> None:
    from hilander.services.door import datasets
    from hilander.ui import share_dialog
    from hilander.ui.visit import visit

    share_dialog._dialog(datasets.datasets(visit())[0])


def test_the_dialog_lists_adds_and_takes_back(anns, at, store):
    at(ANN)
    app = AppTest.from_function(sharing, default_timeout=60).run()
    assert "Vi · vi@example.org" in said(app).replace("\\", "").replace("\u2060", "")
    app.selectbox(key="share-whom-0").set_value(STAN.id)
    app.selectbox(key="share-level-0").set_value("edit")
    app.run()
    app.button(key="share-add").click().run()
    assert {(it.who, it.level) for it in store.shares(anns)} == {("vi@example.org", "view"), ("stan", "edit")}
    app.selectbox(key=f"level-{anns}-person-stan").set_value("view").run()
    app.button(key="unshare-email-vi@example.org").click().run()
    assert {(it.who, it.level) for it in store.shares(anns)} == {("stan", "view")}


LIKE_STAN = Person("mal|sid:0001", f"Stan · {STAN.email}")  # as names were kept once
AN_ADDRESS, TWICE = Person("mal|sid:0002", "bob@example.org"), Person("sam|sid:0003", "Sam")


def chosen(app: AppTest, key: str, who: str) -> Selectbox[str]:
    """What is none of the options is typed: the browser says it as it is."""
    found = app.selectbox(key=key)
    found.options += [] if found.format_func(who) in found.options else [who]
    return found


def test_nobody_is_chosen_for_what_they_call_themselves(anns, at, store):
    for who in (LIKE_STAN, AN_ADDRESS, TWICE, replace(TWICE, id="sam|sid:0004")):
        store.see_person(who)
    at(ANN)
    app = AppTest.from_function(sharing, default_timeout=60).run()
    assert app.selectbox(key="share-whom-0").options == [
        "bob@example.org · no confirmed address",
        "Sam · no confirmed address · id …d:0003",
        "Sam · no confirmed address · id …d:0004",
        "Stan · stan@example.org",
        "Stan · stan@example.org · no confirmed address",
    ]
    for turn, who in enumerate((STAN.id, TWICE.id, AN_ADDRESS.name)):
        chosen(app, f"share-whom-{turn}", who).set_value(who).run()
        chosen(app, f"share-whom-{turn}", who)
        app.button(key="share-add").click().run()
    assert [it.who for it in store.shares(anns)] == [VI.email, STAN.id, TWICE.id, AN_ADDRESS.name]
    assert {it.kind for it in store.shares(anns) if it.who == AN_ADDRESS.name} == {"email"}


def test_history_tells_names_and_who_is_who_where_two_have_the_same(anns, run, at, store):
    recipes.save(store, run, "Good", Cut(1), who=VI.id)
    at(ANN)
    assert "**Vi**" in said(explorer(run, view="history"))
    store.see_person(Person("mal|sid:0001", "Vi"))
    assert "**Vi · id …vi**" in said(explorer(run, view="history"))


def test_administrators_see_what_everybody_uses(anns, at):
    at(ROOT_PERSON)
    assert [it.label for it in page("data").expander] == ["What everybody uses"]
    at(ANN)
    assert list(page("data").expander) == []


def test_images_are_added_by_those_who_may_cluster_and_only_from_what_they_may_see(anns, run, at, store):
    at(ANN)
    assert f"add-{run}" in keys(page("cluster", dataset=anns))
    at(VI)
    shown = keys(page("cluster", dataset=anns))
    assert f"making-{run}" in shown  # how it was made is for everybody who sees the run
    assert f"add-{run}" not in shown
    visit = Visit(ANN)
    assert runs.fitting(visit, run) == []
    other = replace(store.dataset(anns), id="vis", name="Vi's", owner=VI.id)
    store.add_dataset(other)
    assert runs.fitting(Visit(ANN), run) == []
    with pytest.raises(InputError, match="not shared"):
        jobs.submit_add(Visit(ANN), run, "vis", "Both")
    store.share(ShareRow("vis", "email", ANN.email, "view", now(), VI.id))
    assert [row.id for row in runs.fitting(Visit(ANN), run)] == ["vis"]
    jobs.submit_add(Visit(ANN), run, "vis", "Both")
    (job,) = store.jobs(kinds=["add"])
    assert job.owner == ANN.id
