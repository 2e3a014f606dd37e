"""The gate by itself, before an app that answers everything: what it lets through, and what it does to answers."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from hilander.services import signed_out
from hilander.ui.sign_in import cookie, settings
from hilander.ui.sign_in.gate import Gate
from hilander.ui.sign_in.given import Given
from hilander.ui.sign_in.settings import Provider, SignIn

SECRET = "0123456789abcdef" * 4
HOME = "https://hilander.example/app"
CLAIMS = {"iss": "https://idp.example", "sub": "7", "name": "Ann", "is_logged_in": True}
HOURS = 12 * 3600


@pytest.fixture(autouse=True)
def alone(workspace, monkeypatch):
    """A workspace of its own, and no trace of a gate for the tests after."""
    monkeypatch.setattr(settings._Seen, "guarded", False)
    monkeypatch.setattr(cookie, "get_cookie_secret", lambda: SECRET)
    for name in ("HILANDER_ALLOWED", "HILANDER_ADMINS", "HILANDER_SIGN_IN_HOURS"):
        monkeypatch.delenv(name, raising=False)


async def everything(scope, receive, send):
    """Answers every request with a cookie; a socket says a file's name and then what it hears."""
    if scope["type"] == "http":
        headers = [(b"set-cookie", b"a=b; Path=/"), (b"set-cookie", b"c=d; Secure")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data"})
        return
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "bytes": download("a")})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "bytes": message["bytes"]})


def address(letter: str) -> str:
    return f"/media/{letter * 32}.png"


def download(letter: str) -> bytes:
    """A button that is pressed for a file, as Streamlit sends it."""
    message = ForwardMsg()
    message.delta.new_element.download_button.url = address(letter)
    return message.SerializeToString()


def typed(text: str) -> bytes:
    """What a person has typed, as it comes back to the page."""
    message = ForwardMsg()
    message.delta.new_element.text_input.value = text
    message.delta.new_element.text_input.label = text
    return message.SerializeToString()


def gate() -> Gate:
    return Gate(everything, SignIn((Provider("works", "Test Works"),), HOME, (SECRET,)))


def signed(**changed) -> dict[str, str]:
    claims = CLAIMS | {"iat": time.time(), "origin": "https://hilander.example"} | changed
    value = create_signed_value(SECRET, "_streamlit_user", json.dumps(claims)).decode()
    return {"cookie": f"_streamlit_user={value}"}


def scope(kind: str, path: str, headers: dict[str, str], method: str = "GET") -> dict[str, object]:
    path, _, query = path.partition("?")
    pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
    return {"type": kind, "path": path, "method": method, "query_string": query.encode(), "headers": pairs}


def finished(work: Coroutine[object, object, None]) -> None:
    """Run it in a thread of its own: in this one the browser tests' event loop may be running."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def ask(
    door: Gate, path: str, headers: dict[str, str] | None = None
) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and text of an answer."""
    got = []

    async def send(message):
        got.append(message)

    finished(door(scope("http", path, headers or {}), None, send))
    pairs = [(key.decode(), value.decode()) for key, value in got[0]["headers"]]
    return got[0]["status"], pairs, b"".join(it.get("body", b"") for it in got[1:]).decode()


def talk(door: Gate, headers: dict[str, str], *says: bytes, between=lambda: None) -> list[tuple[str, object]]:
    """What a socket sends, `between` done before the last thing is said to it."""
    got, waiting = [], [{"type": "websocket.receive", "bytes": it} for it in says]

    async def receive():
        if not got:
            return {"type": "websocket.connect"}
        if len(waiting) == 1:
            between()
        return waiting.pop(0) if waiting else {"type": "websocket.disconnect", "code": 1000}

    async def send(message):
        got.append((message["type"].removeprefix("websocket."), message.get("bytes", message.get("code"))))

    finished(door(scope("websocket", "/app/_stcore/stream", headers), receive, send))
    return got


def test_data_are_for_those_who_are_signed_in():
    door = gate()
    assert ask(door, "/app/data")[0] == 401
    assert ask(door, "/app/data", signed())[::2] == (200, "data")
    assert ask(door, "/app/static/main.js")[0] == 200
    assert ask(door, "/static/main.js")[0] == 401  # outside of the app: nothing of Streamlit's is there


def test_cookies_of_an_app_behind_tls_are_sent_over_tls_alone():
    _, headers, _ = ask(gate(), "/app/data", signed())
    assert [value for name, value in headers if name == "set-cookie"] == [
        "a=b; Path=/; Secure",
        "c=d; Secure",
    ]
    assert ("cache-control", "private") in headers


def test_the_page_to_sign_in_leads_to_the_apps_own_address():
    status, _, text = ask(gate(), "/app/explore", {"accept": "text/html"})
    assert status == 401
    assert f'href="{HOME}/sign-in/works"' in text


def test_the_page_that_was_wanted_is_come_back_to():
    door, html = gate(), {"accept": "text/html"}
    _, headers, _ = ask(door, "/app/explore?run=a&sign-in=failed", html)
    (kept,) = [value for name, value in headers if name == "set-cookie"]
    assert "HttpOnly" in kept
    assert "Secure" in kept
    back = signed()
    back["cookie"] += "; " + kept.partition(";")[0]
    status, headers, _ = ask(door, "/app/", back)
    assert (status, dict(headers)["location"]) == (302, "/app/explore?run=a")
    assert ask(door, "/app/jobs", back)[0] == 200  # once, from the first page


def test_a_socket_is_one_persons_and_names_their_files():
    door = gate()
    assert talk(door, {}) == [("close", 1008)]
    assert ask(door, f"/app{address('a')}", signed())[0] == 403
    got = talk(door, signed(), typed(address("b")), b"two")
    assert [it[0] for it in got] == ["accept", "send", "send", "send"]
    assert ask(door, f"/app{address('a')}", signed())[0] == 200
    assert ask(door, f"/app{address('b')}", signed())[0] == 403  # it is what the person said
    assert ask(door, f"/app{address('a')}", signed(sub="8"))[0] == 403


def test_files_are_named_where_streamlit_puts_their_addresses():
    given, message = Given(), ForwardMsg()
    message.delta.new_element.imgs.imgs.add().url = address("a")
    message.delta.new_element.imgs.imgs.add(caption=address("d")).url = address("b")
    given.note("ann", message.SerializeToString())
    pressed = ForwardMsg()
    pressed.backend_operation_response.deferred_file.url = address("c")
    given.note("ann", pressed.SerializeToString())
    assert [given.to("ann", address(it)) for it in "abcd"] == [True, True, True, False]
    upload = f"/_stcore/upload_file/{uuid.UUID(int=1)}/{uuid.UUID(int=2)}"
    sent = ForwardMsg()
    sent.file_urls_response.response_id = address("d")
    sent.file_urls_response.file_urls.add(upload_url=upload, delete_url=upload)
    given.note("ann", sent.SerializeToString())
    assert (given.to("ann", upload), given.to("ann", address("d")), given.to("bob", upload)) == (
        True,
        False,
        False,
    )


def test_whoever_is_sent_many_addresses_has_others_keep_theirs():
    given = Given(most=2)
    for person, letter in (("ann", "a"), ("bob", "a"), ("bob", "b"), ("bob", "a"), ("bob", "c")):
        given.note(person, download(letter))
    assert given.to("ann", address("a"))
    assert [given.to("bob", address(it)) for it in "abc"] == [True, False, True]


def test_a_socket_closes_when_its_sign_in_ends(monkeypatch):
    now = time.time()

    def later() -> None:
        monkeypatch.setattr(time, "time", lambda: now + HOURS + 60)

    got = talk(gate(), signed(), b"one", b"two", between=later)
    assert [it[0] for it in got] == ["accept", "send", "send", "close"]


def test_a_socket_closes_when_its_person_signs_out_elsewhere(monkeypatch):
    cookie_of_ann = signed(nonce="out")
    claims = cookie.claims_of(
        {"_streamlit_user": cookie_of_ann["cookie"].partition("=")[2]}, "https://hilander.example"
    )
    got = talk(gate(), cookie_of_ann, b"one", b"two", between=lambda: signed_out.end(claims))
    assert [it[0] for it in got] == ["accept", "send", "send", "close"]
    assert ask(gate(), "/app/data", cookie_of_ann)[0] == 401


def test_whoever_is_taken_off_the_list_is_out(monkeypatch):
    monkeypatch.setenv("HILANDER_ALLOWED", "bob@example.org")
    status, _, text = ask(gate(), "/app/", signed() | {"accept": "text/html"})
    assert (status, "may not come in" in text) == (403, True)
    assert ask(gate(), "/app/sign-in", signed())[0] == 403


def test_the_servers_figures_are_for_admins(monkeypatch):
    assert ask(gate(), "/app/_stcore/metrics", signed())[0] == 403
    monkeypatch.setenv("HILANDER_ADMINS", "https://idp.example|7")
    assert ask(gate(), "/app/_stcore/metrics", signed())[0] == 200
