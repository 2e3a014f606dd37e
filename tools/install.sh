#!/usr/bin/env bash
# Make .venv where there is none, and install one requirements file and this package into it.
# Usage: tools/install.sh requirements.txt     PYTHON=python3.12 chooses the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() { # 3.11 first: DGL, for the optional second engine, has no packages for later ones
    for name in ${PYTHON:-python3.11 python3 python3.12 python3.13}; do
        if new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no ${PYTHON:-python3}")
    echo "hilander needs Python 3.11 or later; found $found. Install one, or name it: make app PYTHON=/path/to/python3.11" >&2
    exit 2
}

if ! new_enough .venv/bin/python; then
    python=$(find_python)
    if ! "$python" -m venv --clear .venv; then
        rm -rf .venv
        echo "$python could not make .venv. On Debian and Ubuntu its venv module is a package of its own: python3-venv." >&2
        exit 2
    fi
fi

echo "Installing $1 into .venv (once; some minutes the first time) ..."
pip() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore "$@"; }
pip -r "$1"
pip --no-deps -e .
.venv/bin/python -c "from hilander.services.worker import warm_up; warm_up()" || # compiled for this processor, and kept
    echo "What is compiled for this processor could not be made ready now; the first clustering will." >&2
