"""Keeps the answers that the browser waits for, which Streamlit throws away when a run of the page begins.

    browser: where may I send this file?      server: answer put into the session's queue
    a run of the page begins                  the queue is emptied before it was sent (as of Streamlit 1.67)

The browser then waits for ever and the chosen file is gone without a word: so it went with a second file given
at the moment when the first had arrived. A press on Download has the same way and the same gap.
"""

from __future__ import annotations

from functools import wraps

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

ANSWERS = ("file_urls_response", "backend_operation_response")


def keep_answers() -> None:
    """Teach the queues of all sessions to keep answers until they are sent. Calling it again does nothing."""
    emptied = ForwardMsgQueue.clear
    if hasattr(emptied, "__wrapped__"):
        return

    @wraps(emptied)
    def clear(
        self: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        before = list(self._queue)
        emptied(self, retain_lifecycle_msgs, fragment_ids_this_run)
        if retain_lifecycle_msgs:  # else everything has just been taken out to be sent
            kept = {id(message) for message in self._queue}
            lost = [it for it in before if it.WhichOneof("type") in ANSWERS and id(it) not in kept]
            self._queue = [*lost, *self._queue]

    ForwardMsgQueue.clear = clear  # type: ignore[method-assign]
