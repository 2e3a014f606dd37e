"""The exceptions that cross hilander's layers. Knows nothing about anything else."""


class InputError(ValueError):
    """A mistake that the user can mend: says what was expected, what came, what to do next."""


class AwayError(InputError):
    """The database does not answer, or somebody else holds it: nobody's mistake, told like one, and it passes."""


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """Raised out of a progress callback to stop a running computation."""


class Interrupted(Cancelled):
    """Raised in place of Cancelled where nobody asked: the process leaves, and the work will be gone on with."""
