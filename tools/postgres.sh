#!/usr/bin/env bash
# See that there is a PostgreSQL for the tests that run on it too: installed before, else from the system's package
# manager where we may. Without one those tests are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."

there() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

there || { tools/apt.sh "the tests of the store need" --no-install-recommends postgresql && there; } || echo "No PostgreSQL: the tests of the store run on SQLite alone."
