"""Answers to the browser outlive the beginning of a run of the page; what the run replaces does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from hilander.ui.answers import keep_answers


@pytest.fixture
def streamlits_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue as Streamlit has it, and again whatever it was afterwards."""
    own = getattr(ForwardMsgQueue.clear, "__wrapped__", ForwardMsgQueue.clear)
    monkeypatch.setattr(ForwardMsgQueue, "clear", own)


def queued() -> ForwardMsgQueue:
    """Where to send a file, what a download is, and one drawn element."""
    where, what, drawn = ForwardMsg(), ForwardMsg(), ForwardMsg()
    where.file_urls_response.response_id = "a file"
    what.backend_operation_response.request_id = "a download"
    drawn.delta.new_element.text.body = "of the run before"
    queue = ForwardMsgQueue()
    for message in (where, drawn, what):
        queue.enqueue(message)
    return queue


def kinds(queue: ForwardMsgQueue) -> list[str | None]:
    return [message.WhichOneof("type") for message in queue.flush()]


@pytest.mark.usefixtures("streamlits_own")
def test_answers_stay_when_a_run_begins_and_are_sent_once():
    keep_answers()
    keep_answers()
    queue = queued()
    queue.clear(retain_lifecycle_msgs=True)
    queue.clear(retain_lifecycle_msgs=True)
    assert kinds(queue) == ["file_urls_response", "backend_operation_response"]
    assert kinds(queue) == []


@pytest.mark.usefixtures("streamlits_own")
def test_the_run_of_a_fragment_loses_and_doubles_nothing():
    keep_answers()
    queue = queued()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["another"])
    assert kinds(queue) == ["file_urls_response", "delta", "backend_operation_response"]


@pytest.mark.usefixtures("streamlits_own")
def test_streamlit_by_itself_still_loses_them():
    """When this fails, Streamlit keeps its answers: hilander/ui/answers.py can go."""
    queue = queued()
    queue.clear(retain_lifecycle_msgs=True)
    assert kinds(queue) == []


@pytest.mark.usefixtures("streamlits_own", "workspace")
def test_the_app_keeps_them():
    AppTest.from_file(str(Path(__file__).resolve().parents[2] / "app.py"), default_timeout=60).run()
    queue = queued()
    queue.clear(retain_lifecycle_msgs=True)
    assert len(queue) == 2
