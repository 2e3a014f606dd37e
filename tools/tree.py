"""Print one line a file: its path and the first line of its docstring. `--write` puts them into README.md."""

import argparse
import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"(<!-- tree -->\n```\n).*?(\n```)", re.S)


def tree() -> str:
    files = [ROOT / "app.py", *sorted(ROOT.glob("pages/*.py")), *sorted(ROOT.glob("hilander/**/*.py"))]
    files += [*sorted(ROOT.glob("benchmarks/**/*.py")), *sorted(ROOT.glob("tools/*.py"))]
    lines = [
        (path.relative_to(ROOT).as_posix(), first_line(path)) for path in files if path.name != "__init__.py"
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {what}" for name, what in lines)


def first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    if not parser.parse_args().write:
        sys.stdout.write(tree() + "\n")
        return
    readme = ROOT / "README.md"
    readme.write_text(
        FENCE.sub(lambda m: m[1] + tree() + m[2], readme.read_text(encoding="utf-8")), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
