"""`hilander cut RUN --recipe FILE.json`: what the app saved, applied to the run wherever it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from hilander.cli.main import main
from hilander.hierarchy.cuts import Cut
from hilander.hierarchy.recipe import Recipe
from hilander.hierarchy.run import Run
from tests.ui.conftest import forest


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Run(forest()).save(Path("run"))
    recipe = Recipe.of(forest(), Cut(2, changes=((1, 1),)), name="Good", run="run1")
    Path("good.json").write_bytes(recipe.to_bytes())


def test_it_writes_the_cut_of_the_recipe(capsys):
    assert main(["cut", "run", "--recipe", "good.json", "--out", "cut.csv"]) == 0
    lines = Path("cut.csv").read_text().splitlines()
    assert lines == [
        "id,cluster,peak",
        "0,0,1",
        "1,0,1",
        "2,0,1",
        "3,1,4",
        "4,1,4",
        "5,2,5",
        "6,2,5",
        "7,3,7",
    ]
    assert "8 images in 4 clusters" in capsys.readouterr().out


def test_a_recipe_of_another_run_writes_nothing(capsys, small_run):
    small_run.save(Path("other"))
    assert main(["cut", "other", "--recipe", "good.json", "--out", "cut.csv"]) == 2
    assert "was made for run 'run1' of 8 images, and this is another run, of 4" in capsys.readouterr().err
    assert not Path("cut.csv").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--recipe none.json", "none.json: No such file"),
        ("--recipe run/hierarchy.json", "expected a recipe"),
        ("--recipe good.json --level 1", "not allowed with"),
    ],
)
def test_mistakes_are_one_line(words, told, capsys):
    assert main(["cut", "run", "--out", "cut.csv", *words.split()]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1
