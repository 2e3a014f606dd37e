"""`hilander health`: whether database, workspace and job process can work; for people, scripts and containers."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from hilander.services import health

UNHEALTHY = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Ends with 0 where everything can work and with 1 where something cannot."
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")


def run(args: argparse.Namespace) -> None:
    found = health.checks()
    ok = health.is_healthy(found)
    if args.json:
        print(as_json(found))
    else:
        for check in found:
            print(f"{check.name:<10} {'ok' if check.ok else 'NOT OK':<7} {check.detail}")
    if not ok:
        sys.exit(UNHEALTHY)


def as_json(found: list[health.Check]) -> str:
    """{"ok": bool, "checks": {name: {"ok": bool, "detail": text}}}"""
    checks = {
        check.name: {key: value for key, value in asdict(check).items() if key != "name"} for check in found
    }
    return json.dumps({"ok": health.is_healthy(found), "checks": checks})
