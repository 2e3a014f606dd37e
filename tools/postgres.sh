#!/usr/bin/env bash
# See that there is a PostgreSQL for the tests that run on it too: installed before, else from the system's package
# manager where we may. Without one those tests are skipped, and say so.
set -euo pipefail

there() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

from_apt() {
    command -v apt-get >/dev/null || return 1
    local sudo=""
    if [ "$(id -u)" != 0 ]; then
        sudo="sudo -n"
        $sudo true 2>/dev/null || return 1
    fi
    echo "Installing PostgreSQL for the tests with apt-get ..."
    $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -qq -y --no-install-recommends postgresql >/dev/null
}

there || { from_apt && there; } || echo "No PostgreSQL: the tests of the store run on SQLite alone."
