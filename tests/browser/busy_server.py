"""The app on a server so busy that it sends what it has to say only once in two seconds.

What happens by chance within milliseconds elsewhere happens here every time. Arguments are those of `streamlit`.
"""

from streamlit.runtime import runtime
from streamlit.web import cli

if __name__ == "__main__":
    runtime.MESSAGE_FLUSH_INTERVAL_SECS = 2.0
    cli.main()
