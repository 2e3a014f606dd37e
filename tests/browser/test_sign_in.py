"""Sign-in with a provider on loopback: who comes in, who does not, and that nothing is served without."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from hilander.services.store import DEMO_MADE, now, open_store
from hilander.services.workspace import Workspace
from suite.served import free_port
from tests.browser.conftest import PATIENCE, WIDE
from tests.browser.signed_in import (
    COOKIE,
    PAGE,
    App,
    forged,
    heard,
    socket_status,
    started,
    talking,
    through_the_provider,
)
from tests.browser.steps import SLOW
from tests.oidc_provider import provider


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home, port = tmp_path_factory.mktemp("sign-in"), free_port()
    open_store(Workspace(home)).set_fact(DEMO_MADE, "none")
    with provider() as ours:
        env = os.environ | {
            **{"HILANDER_HOME": str(home), "HILANDER_LOG": "json", "HILANDER_ALLOWED": "example.org"},
            **{
                "HILANDER_ADMINS": "ann@example.org",
                "STREAMLIT_SECRETS_FILES": str(ours.secrets(home, port)),
            },
        }
        with started(port, env, home / "app.log"):
            yield App(f"http://127.0.0.1:{port}", ours, home / "app.log", home)


@contextmanager
def visitor(browser: Browser, app: App) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE, color_scheme="light", base_url=app.url)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("link", name="Sign in with Test Works").click()
    page.get_by_role("link", name=name, exact=True).click()


def cookies(context: BrowserContext) -> dict[str, str]:
    return {it["name"]: it["value"] for it in context.cookies()}


def test_two_people_come_in_each_by_name_and_a_third_does_not(app, browser):
    job = app.store.add_job("cluster", {}, name="Of Ann's", job_id="seen")
    app.store.update_job(job, state="cancelled", ended=now())
    Workspace(app.home).log_path(job).write_text("written for Ann\n")
    with visitor(browser, app) as page:
        response = page.goto("/jobs?job=seen")
        assert response.status == 401
        expect(page.get_by_role("heading", name="Sign in to hilander")).to_be_visible()
        assert page.locator("script").count() == 0
        sign_in(page, "ann")
        expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()  # where she was going
        with page.expect_download(timeout=SLOW) as waiting:
            page.get_by_role("button", name="Download the log").click(timeout=SLOW)
        assert Path(waiting.value.path()).read_text() == "written for Ann\n"
        account = page.get_by_role("button", name="Ann Arbor")
        account.click()
        expect(page.get_by_text("admin")).to_be_visible()
        expect(page.get_by_text("ann@⁠example.org")).to_be_visible()
        hers = cookies(page.context)
        media = waiting.value.url
        with app.client(hers) as ann:
            assert ann.get("/_stcore/metrics").status_code == 200
            assert ann.get(media).status_code in (200, 404)  # 404: Streamlit keeps a fetched file for moments
        with app.client() as nobody:
            assert nobody.get(media).status_code == 401
        with visitor(browser, app) as other:
            other.goto("/")
            sign_in(other, "bob")
            expect(other.get_by_role("button", name="Bob <b>Bold</b>")).to_be_visible()
            with app.client(cookies(other.context)) as bob:
                assert bob.get("/sign-in").status_code == 204
                assert (bob.get(media).status_code, bob.get("/_stcore/metrics").status_code) == (403, 403)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in to hilander")).to_be_visible()
        assert COOKIE not in cookies(page.context)
        with app.client(hers) as copy:  # whoever has kept the cookie has nothing of it
            assert (copy.get(media).status_code, copy.get("/").status_code) == (401, 401)
        sign_in(page, "eve")
        expect(page.get_by_text("eve@elsewhere.net is not on it")).to_be_visible()
        with app.client(cookies(page.context)) as eve:
            assert {eve.get(path).status_code for path in (media, "/", "/sign-in", "/component/x")} == {403}
        page.get_by_role("link", name="Sign out").click()
        sign_in(page, "mal")  # says that she is Ann, and nobody has verified it
        expect(page.get_by_text("the provider confirms no address of yours")).to_be_visible()


DATA = [
    *(("GET", path) for path in ("/", "/data", "/explore?run=x", "/nowhere", "/sign-in", "/app/static/x")),
    *(("GET", path) for path in (f"/media/{'0' * 32}.png", f"/media/{'0' * 32}", "/component/x/index.html")),
    *(("GET", path) for path in ("/_stcore/metrics", "/_stcore/bidi-components/x/y.js", "/_stcore/stream")),
    ("HEAD", f"/media/{'0' * 32}.png"),
    ("PUT", "/_stcore/upload_file/a/b"),
    ("DELETE", "/_stcore/upload_file/a/b"),
    ("OPTIONS", "/_stcore/upload_file/a/b"),
    ("POST", "/_stcore/agent/interact"),
    ("POST", "/_stcore/agent/mcp"),
    ("GET", "/static/../media/x.png"),
    ("GET", "/static/%2e%2e/media/x.png"),
]


@pytest.mark.parametrize("form", [{}, PAGE])
def test_without_a_sign_in_no_route_answers(app, form):
    with app.client() as client:
        for method, path in DATA:
            url = httpx2.URL(app.url).copy_with(raw_path=path.encode())
            status = client.request(method, url, headers=form).status_code
            assert status in (400, 401) if ".." in path or "%2e" in path else status == 401, (method, path)


WRONG = {
    "tampered with": lambda app: {COOKIE: f"x{forged(app)[COOKIE][1:]}"},
    "cut short": lambda app: {COOKIE: forged(app)[COOKIE][:-3]},
    "signed by somebody else": lambda app: forged(app, "another secret of more than 32 characters"),
    "of another address": lambda app: forged(app, origin="http://elsewhere.example"),
    "over": lambda app: forged(app, iat=int(time.time()) - 13 * 3600),
    "of nobody": lambda app: forged(app, is_logged_in=False),
    "no cookie of ours": lambda app: {COOKIE: "\u00e9\u00ff;\"'"},
}


def test_a_cookie_that_is_not_right_lets_nobody_in(app):
    with app.client(forged(app)) as client:
        assert client.get("/sign-in").status_code == 204  # as a right one does
    for what, made in WRONG.items():
        header = {"cookie": "; ".join(f"{key}={value}" for key, value in made(app).items()).encode("latin-1")}
        with app.client() as client:
            assert client.get("/sign-in", headers=header).status_code == 401, what
        assert socket_status(app, header) == 403, what


def test_streamlits_own_protection_is_on(app):
    cookie = {"cookie": f"{COOKIE}={forged(app)[COOKIE]}"}
    assert socket_status(app, cookie) == 101
    assert socket_status(app, cookie, "http://evil.example") == 403
    with app.client(forged(app, nonce="uploads")) as client:
        xsrf = client.get("/_stcore/health").headers["set-cookie"]
        assert xsrf.startswith("_streamlit_xsrf=")
        assert "SameSite=Lax" in xsrf
        assert (
            "access-control-allow-origin"
            not in client.get("/_stcore/health", headers={"origin": "http://evil.example"}).headers
        )
        page = client.get("/", headers=PAGE)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache")


def test_a_forged_request_uploads_nothing_and_a_socket_without_the_token_sees_nobody(app):
    with app.client(forged(app, nonce="tokens")) as client:
        client.get("/_stcore/health")
        token = client.cookies["_streamlit_xsrf"]
        with talking(app, client, token) as socket:
            ask = BackMsg()
            ask.file_urls_request.file_names.append("x.npy")
            socket.send(ask.SerializeToString())
            answer = heard(socket, "file_urls_response").file_urls_response.file_urls[0]
            file = {"file": ("x.npy", b"123")}
            assert client.put(answer.upload_url, files=file).status_code == 403
            sent = client.put(answer.upload_url, files=file, headers={"x-xsrftoken": token})
            assert sent.status_code == 204
            with app.client(forged(app, sub="1002")) as other:  # who has learnt the address, token and all
                other.cookies["_streamlit_xsrf"] = token
                refused = other.put(answer.upload_url, files=file, headers={"x-xsrftoken": token})
                assert (refused.status_code, refused.text) == (403, "This is not for you.\n")
        with talking(app, client, "") as socket:
            ask = BackMsg()
            ask.rerun_script.query_string = ""
            socket.send(ask.SerializeToString())
            kept: list[ForwardMsg] = []
            heard(socket, "script_finished", kept)
    drawn = "".join(map(str, kept))
    assert "Your sign\\\\-in has ended" in drawn
    assert "Ann Arbor" not in drawn


def test_a_page_to_sign_in_is_framed_by_nobody_and_kept_by_nobody(app):
    with app.client() as client:
        headers = client.get("/explore", headers=PAGE).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(app, wanted):
    with app.client(forged(app) | {"_hilander_wanted": quote(wanted, safe="")}) as client:
        answer = client.get("/", headers=PAGE)
    assert answer.headers["location"] == "/?"


def test_a_provider_that_fails_is_told_and_no_secret_is_in_the_log(app, monkeypatch):
    with app.client() as client:
        right, app.ours.client_secret = app.ours.client_secret, "rotated-at-the-provider"
        try:
            assert "Signing in was not completed" in through_the_provider(app, client, "ann")
        finally:
            app.ours.client_secret = right
        monkeypatch.setattr(app.ours, "metadata", lambda: {"no": "metadata"})
        answer = client.get("/sign-in/works")
        assert (answer.status_code, "Test Works cannot be reached" in answer.text) == (502, True)
        monkeypatch.undo()
        through_the_provider(app, client, "bob")
        assert client.get("/sign-in").status_code == 204
        kept = [it.value for it in client.cookies.jar if it.name.startswith(COOKIE)]
    written = app.log.read_text()
    assert "invalid_client" in written  # the reason is there
    secrets = [*app.ours.given, *kept, app.ours.cookie_secret, right]
    assert len(secrets) > 5
    assert not [it for it in secrets if it in written]
    lines = [json.loads(line) for line in written.splitlines()]
    assert {"hilander.ui.server.parts"} <= {it["logger"] for it in lines}
