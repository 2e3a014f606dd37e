"""The explorer in a real browser: generated workspaces, a server to look at them with, and what is timed."""
