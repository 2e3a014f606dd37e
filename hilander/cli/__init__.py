"""The command line: `hilander cluster | levels | cut | train | app`, one file a command."""
