"""Who a sign-in lets in: claims and the operator's lists on one side, a person or the reason on the other."""

from __future__ import annotations

import time

import pytest

from hilander.errors import InputError
from hilander.services import sign_in, signed_out
from hilander.services.people import Person
from hilander.services.sign_in import NotAllowed, Rules, SignInEnded
from hilander.services.store import open_store

ANN = {
    "is_logged_in": True,
    **{"iss": "https://idp.example", "sub": "7", "name": "Ann", "email": "Ann@Example.org"},
    **{"email_verified": True, "nonce": "n"},
}
ID = "https://idp.example|7"


def ann(**changed) -> dict[str, object]:
    return ANN | {"iat": time.time() - 60} | changed


def test_a_person_is_issuer_and_subject_whatever_the_address():
    assert sign_in.person(ann(), Rules()) == Person(ID, "Ann", "ann@example.org")
    assert sign_in.person(ann(email="other@example.org", name="Ann B"), Rules()).id == ID
    assert sign_in.person(ann(sub="8"), Rules()).id != ID


@pytest.mark.parametrize(
    ("claims", "email"),
    [
        ({}, "ann@example.org"),
        ({"email_verified": "true"}, "ann@example.org"),
        ({"email_verified": False}, ""),
        ({"email_verified": "false"}, ""),
        ({"email_verified": None}, ""),
        ({"email": "no address"}, ""),
        ({"email": ["ann@example.org"]}, ""),
    ],
)
def test_an_address_counts_if_the_provider_says_that_it_is_verified(claims, email):
    assert sign_in.person(ann(**claims), Rules()).email == email


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  Ann \u202e\n Arbor ", "Ann Arbor"),
        ("x" * 200, "x" * 80),
        ("bob@example.org", "bob example.org"),
        ("Ann \u00b7 ann\uff20example.org", "Ann ann example.org"),
        ("Gal\u00b7la \u2022", "Gal\u00b7la"),
        (" @ \u00b7 ", "ann@example.org"),
        ("", "ann@example.org"),
        (None, "ann@example.org"),
        ({"a": 1}, "ann@example.org"),
    ],
)
def test_a_name_is_one_line_that_is_seen(given, shown):
    assert sign_in.person(ann(name=given), Rules()).name == shown


def test_without_name_and_address_there_is_still_something_to_call_them():
    assert sign_in.person(ann(name="", email_verified=False), Rules()).name == "person 7"
    assert (
        sign_in.person(ann(name="", email_verified=False, sub="bob@x.org"), Rules()).name
        == "person bob x.org"
    )


@pytest.mark.parametrize(
    ("allowed", "claims", "comes_in"),
    [
        ("", {}, True),
        ("bob@example.org, ANN@example.org", {}, True),
        ("bob@example.org", {}, False),
        ("example.org", {}, True),
        ("@example.org", {}, True),
        ("ample.org", {}, False),
        ("example.org", {"email": "ann@sub.example.org"}, False),
        ("example.org", {"email": "ann@example.org.evil.net"}, False),
        ("example.org", {"email_verified": False}, False),
        ("kite.org", {"email": "ann@\u212aite.org"}, False),  # a Kelvin sign is no K
        ("\u212aite.org", {"email": "ann@kite.org"}, False),
        ("ann@example.org", {"email_verified": False}, False),
        (ID, {"email_verified": False}, True),
        ("https://other.example|7", {}, False),
    ],
)
def test_those_on_the_list_come_in(monkeypatch, allowed, claims, comes_in):
    monkeypatch.setenv("HILANDER_ALLOWED", allowed)
    if comes_in:
        assert sign_in.person(ann(**claims), sign_in.rules()).id == ID
    else:
        with pytest.raises(NotAllowed, match="is not on it"):
            sign_in.person(ann(**claims), sign_in.rules())


@pytest.mark.parametrize(
    ("admins", "claims", "admin"),
    [
        ("", {}, False),
        ("ann@example.org", {}, True),
        ("ann@example.org", {"email_verified": False}, False),
        (ID, {"email_verified": False}, True),
        ("bob@example.org", {}, False),
        ("kate@example.org", {"email": "KATE@example.org"}, True),
        ("kate@example.org", {"email": "\u212aate@example.org"}, False),
        ("\u212aate@example.org", {"email": "kate@example.org"}, False),
        ("J\u00fcrgen@example.org", {"email": "j\u00fcrgen@Example.org"}, True),
    ],
)
def test_admins_are_named_by_a_verified_address_or_an_id(monkeypatch, admins, claims, admin):
    monkeypatch.setenv("HILANDER_ADMINS", admins)
    assert sign_in.person(ann(**claims), sign_in.rules()).admin is admin


def test_an_admin_comes_in_without_being_on_the_list(monkeypatch):
    monkeypatch.setenv("HILANDER_ADMINS", "ann@example.org")
    monkeypatch.setenv("HILANDER_ALLOWED", "elsewhere.net")
    assert sign_in.person(ann(), sign_in.rules()).admin


@pytest.mark.parametrize(
    "claims",
    [
        {"is_logged_in": False},
        {"is_logged_in": "yes"},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"iat": float("nan")},
        {"iat": time.time() - 13 * 3600},
    ],
)
def test_a_sign_in_that_does_not_hold_is_nobodys(claims):
    with pytest.raises(SignInEnded):
        sign_in.person(ann(**claims), Rules())


@pytest.mark.parametrize("claims", [{"iss": ""}, {"sub": None}, {"sub": 7}])
def test_whom_the_provider_does_not_name_does_not_come_in(claims):
    with pytest.raises(NotAllowed, match="iss and sub"):
        sign_in.person(ann(**claims), Rules())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HILANDER_ADMINS", "example.org"),  # a whole domain of admins is not meant
        ("HILANDER_ADMINS", "ann bob@example.org"),
        ("HILANDER_ALLOWED", "example"),
        ("HILANDER_ALLOWED", "ann@example.org; bob@example.org"),
        ("HILANDER_SIGN_IN_HOURS", "0"),
        ("HILANDER_SIGN_IN_HOURS", "nan"),
        ("HILANDER_SIGN_IN_HOURS", "10000"),
        ("HILANDER_SIGN_IN_HOURS", "a day"),
    ],
)
def test_a_list_or_number_that_cannot_be_meant_is_told(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=name):
        sign_in.rules()


def test_a_sign_in_that_was_ended_is_over_also_after_a_restart(workspace, monkeypatch):
    store = open_store(workspace)
    monkeypatch.setattr(signed_out, "open_store", lambda: store)
    mine, other, old = ann(nonce="a"), ann(nonce="b"), ann(nonce="c", iat=time.time() - 719.9999999 * 3600)
    signed_out.end(mine)
    signed_out.end(old)
    time.sleep(0.01)
    signed_out._over.cache_clear()  # as a new process begins
    assert (signed_out.is_over(mine), signed_out.is_over(other)) == (True, False)
    assert len(store.facts("signed-out:")) == 1  # the old one would hold under no rules any more


def test_a_sign_in_that_was_ended_stays_over_when_sign_ins_hold_longer(workspace, monkeypatch):
    store, now = open_store(workspace), time.time()
    monkeypatch.setattr(signed_out, "open_store", lambda: store)
    mine, late = ann(nonce="a", iat=now), ann(nonce="b", iat=now - 13 * 3600)  # 12 hours are set
    signed_out.end(mine)
    signed_out.end(late)
    signed_out._over.cache_clear()
    monkeypatch.setattr(time, "time", lambda: now + 14 * 3600)
    assert (signed_out.is_over(mine), signed_out.is_over(late)) == (True, True)
