"""Dockerfile and compose.yaml, which are built elsewhere: what a linter would look at, and that they fit the code."""

from __future__ import annotations

import argparse
import json
import re

import pytest
import yaml

from hilander.cli import app, main
from tests.deployment import ROOT, compose, dockerfile

SERVICES = compose()["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "hilander"]
KNOWN = {  # of the compose specification
    *(
        "build",
        "image",
        "init",
        "restart",
        "stop_grace_period",
        "cap_drop",
        "security_opt",
        "networks",
        "command",
    ),
    *("environment", "volumes", "configs", "depends_on", "healthcheck", "profiles", "deploy", "ports"),
}


def variables_of_the_code() -> set[str]:
    code = "".join(path.read_text() for path in (ROOT / "hilander").rglob("*.py"))
    return set(re.findall(r'"(HILANDER_[A-Z_]+)"', code))


def of(name: str) -> list[str]:
    return [it.words for it in dockerfile() if it.name == name]


def test_the_base_image_is_pinned_and_the_same_in_every_stage():
    (image,) = [
        words.removeprefix("PYTHON_IMAGE=") for words in of("ARG") if words.startswith("PYTHON_IMAGE=")
    ]
    assert re.fullmatch(r"python:3\.1[1-9]\.\d+-slim-\w+", image)
    assert [words.split()[0] for words in of("FROM")] == ["${PYTHON_IMAGE}"] * 2
    assert dockerfile()[0].name == "ARG"  # before the first FROM, or it is not seen there


def test_the_image_runs_as_nobody_in_particular():
    names = [it.name for it in dockerfile()]
    last_stage = dockerfile()[len(names) - 1 - names[::-1].index("FROM") :]
    (user,) = [it.words for it in last_stage if it.name == "USER"]
    assert user not in ("root", "0")
    assert f"useradd --uid 10001 --create-home --shell /usr/sbin/nologin {user}" in " ".join(of("RUN"))
    assert [it.name for it in last_stage].index("USER") < [it.name for it in last_stage].index("CMD")
    assert "RUN" not in [it.name for it in last_stage[[it.name for it in last_stage].index("USER") :]]


def test_packages_are_installed_as_linters_ask_for():
    run = " ".join(of("RUN"))
    assert "--no-install-recommends" in run
    assert "rm -rf /var/lib/apt/lists/*" in run
    assert run.count("pip install") == run.count("pip install --no-cache-dir")
    assert "sudo" not in run
    assert of("ADD") == []  # COPY fetches nothing and unpacks nothing
    assert all(words.startswith("[") for words in of("CMD"))  # a shell would not hand on SIGTERM


def test_everything_that_is_copied_is_there_and_secrets_are_not():
    for words in of("COPY"):
        if not words.startswith("--from"):
            assert all((ROOT / source).exists() for source in words.split()[:-1])
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".git", ".venv", ".env", ".streamlit/secrets.toml"} <= set(ignored)
    kept = ("app.py", "pages", "hilander", "assets", "pyproject.toml", "README.md", "LICENSE", ".streamlit")
    assert not {*kept} & {*ignored}


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml"])
def test_no_secret_is_written_down(name):
    text = (ROOT / name).read_text()
    assert re.findall(r"(?i)(?:password|secret|token)\w*[=:]\s*(?!\.\.\.|\$\{|\?)[^\s}]+", text) == []
    assert re.findall(r"\w+://[^\s:/]+:(?!\$\{)[^\s@]+@", text) == []


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml"])
def test_every_variable_is_one_that_the_code_reads(name):
    named = set(re.findall(r"\b(HILANDER_[A-Z_]+)\b", (ROOT / name).read_text())) - {
        "HILANDER_DATABASE_PASSWORD"
    }
    assert named
    assert named <= variables_of_the_code()


def test_the_commands_of_the_app_are_ones_that_it_takes():
    commands = [json.loads(*of("CMD")), SERVICES["app"]["command"]]
    for words in commands:
        assert words[:2] == ["hilander", "app"]
        parser = main.build_parser(words[1:])
        assert parser.parse_args(words[1:]).ops_port == 9501
    assert isinstance(parser, argparse.ArgumentParser)
    assert callable(app.run)
    assert "9501/healthz" in of("HEALTHCHECK")[0]


def test_the_services_are_those_that_hilander_needs():
    assert set(SERVICES) == {"database", "scheduler", "worker", "worker-gpu", "app"}
    assert all(set(service) <= KNOWN for service in SERVICES.values())
    assert {"worker", "app", "scheduler", "worker-gpu"} == set(OURS)


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_looked_after(name):
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    test = service["healthcheck"]["test"]
    assert test[0] == "CMD"  # a list, no shell
    assert {"interval", "timeout", "retries"} <= set(service["healthcheck"])
    assert name in ("app", "worker", "worker-gpu", "scheduler") or ":" in service["image"]
    assert not service["image"].endswith(":latest")


def test_services_wait_for_those_that_they_need():
    for name in ("worker", "worker-gpu", "app"):
        needs = SERVICES[name]["depends_on"]
        assert {it: of["condition"] for it, of in needs.items()} == dict.fromkeys(
            ("database", "scheduler"), "service_healthy"
        )


def test_app_and_workers_share_the_folder_and_the_database():
    settings = [SERVICES[name]["environment"] for name in ("app", "worker", "worker-gpu")]
    assert len({(it["HILANDER_HOME"], it["HILANDER_DATABASE_URL"]) for it in settings}) == 1
    assert {tuple(SERVICES[name]["volumes"]) for name in ("app", "worker", "worker-gpu")} == {
        ("workspace:/data",)
    }
    assert SERVICES["app"]["environment"]["HILANDER_SCHEDULER"] in SERVICES["worker"]["command"]
    assert set(compose()["volumes"]) == {"workspace", "database"}


def test_nobody_outside_reaches_more_than_the_app_and_that_from_this_machine_alone():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"app": ["127.0.0.1:8501:8501"]}
    assert compose()["networks"]["inside"] == {"internal": True}
    assert all(service["networks"] == ["inside"] for name, service in SERVICES.items() if name != "app")


def test_stopping_is_waited_for_longer_than_it_takes():
    seconds = int(SERVICES["app"]["stop_grace_period"].removesuffix("s"))
    assert seconds > app.STOP_SECONDS


def test_yaml_has_no_key_twice():
    """YAML readers keep the last of two and say nothing."""

    class Strict(yaml.SafeLoader):
        pass

    def mapping(loader, node):
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        assert len(keys) == len(set(keys)), f"{keys} at {node.start_mark}"
        loader.flatten_mapping(node)
        return dict(loader.construct_pairs(node, deep=True))

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    assert yaml.load((ROOT / "compose.yaml").read_text(), Strict)["services"].keys() == SERVICES.keys()


def test_the_sign_in_is_put_where_streamlit_looks_for_it_and_is_none_without_a_file():
    (mounted,) = SERVICES["app"]["configs"]
    assert mounted["target"] == f"{of('WORKDIR')[-1]}/.streamlit/secrets.toml"
    assert compose()["configs"] == {mounted["source"]: {"file": "${SIGN_IN_FILE:-/dev/null}"}}
    assert {"HILANDER_ADMINS", "HILANDER_ALLOWED"} <= set(SERVICES["app"]["environment"])
    assert all("configs" not in service for name, service in SERVICES.items() if name != "app")
