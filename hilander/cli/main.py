"""The `hilander` command: parses the words, runs one command, turns errors into one line and a code.

    0 done, 1 `hilander doctor` found something, 2 the user's mistake or the system's refusal (one line on stderr),
    130 interrupted

Knows nothing about what the commands do; each is a module beside this one with
`add_arguments(parser)` and `run(args)`, imported only when it is asked for, so that
`hilander --help` and `hilander levels` do not wait for torch.
"""

from __future__ import annotations

import argparse
import importlib
import keyword
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from types import ModuleType
from typing import NoReturn

from hilander.errors import Cancelled, InputError

COMMANDS = {
    "import": "make a data set in the workspace of embeddings, images and labels",
    "embed": "compute embeddings of images, by the network that ships or an ONNX file",
    "cluster": "group embeddings into a hierarchy, and keep it in a folder",
    "add": "let new images join a hierarchy that is there, without clustering again",
    "levels": "one row a level: clusters, sizes, links; scores where labels are known",
    "cut": "the cluster of every image, at a level or at a link probability",
    "calibrate": "the best cut by a few labels or judged pairs, and the pairs to ask about",
    "train": "train a checkpoint on embeddings with known labels",
    "app": "start the app in the browser",
    "backup": "the whole workspace of the app as one file, also while the app runs",
    "restore": "bring a backup back into an empty workspace",
    "doctor": "look for what is missing, damaged or lost in the workspace, and say what to do",
    "gc": "free the disk of old trash and of what stopped processes left",
    "health": "whether database, workspace and job process can work",
}
NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "std::bad_alloc")
USER_ERROR, INTERRUPTED, PIPE_CLOSED = 2, 130, 141


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line without the usage in front."""

    def error(self, message: str) -> NoReturn:
        told = one_line(message).replace(
            "the following arguments are required:", "expected more words, got no"
        )
        self.exit(USER_ERROR, f"{self.prog}: {told}. See {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (argparse's own --help and errors included)."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        args = build_parser(words).parse_args(words)
        module_of(args.command).run(args)
        sys.stdout.flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except (KeyboardInterrupt, Cancelled) as stop:
        return fail(f"interrupted; {str(stop) or 'nothing was written'}", INTERRUPTED)
    except BrokenPipeError:  # `hilander levels RUN | head`: the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except (InputError, OSError, MemoryError) as error:
        return fail(told(error), USER_ERROR)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        return fail(told(MemoryError()), USER_ERROR)
    return 0


def build_parser(words: Sequence[str]) -> OneLineParser:
    """The parser, with the arguments of the one command that `words` name filled in."""
    parser = OneLineParser(
        prog="hilander",
        description="Cluster images by their embeddings with Hi-LANDER.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"hilander {version('hilander')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if name in words:
            module_of(name).add_arguments(command)
    return parser


def module_of(name: str) -> ModuleType:
    """The module of a command; one whose name Python keeps for itself ends in an underscore."""
    return importlib.import_module(f"hilander.cli.{name}{'_' * keyword.iskeyword(name)}")


def fail(message: str, code: int) -> int:
    print(f"hilander: {one_line(message)}", file=sys.stderr)
    return code


def one_line(message: str) -> str:
    return " ".join(message.split()).removesuffix(".")


def out_of_memory(error: RuntimeError) -> bool:
    """Whether torch means a MemoryError: it has a type of its own for a GPU, and only words for the CPU."""
    message = str(error).lower()
    return type(error).__name__ == "OutOfMemoryError" or any(words in message for words in NO_MEMORY)


def told(error: Exception) -> str:
    """What a person reads: our own message, or which file and what the system said about it."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, MemoryError):
        return "not enough memory for this input. Take a machine with more, or fewer rows"
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    name = getattr(error, "filename", None)
    return f"{name}: {reason}. Check the path, its permissions and the free space" if name else reason
