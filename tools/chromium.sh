#!/usr/bin/env bash
# See that there is a Chromium for the browser tests: the one on PATH, else from the system's
# package manager where we may, else Playwright's own download.
set -euo pipefail
cd "$(dirname "$0")/.."

on_path() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

on_path && exit 0
tools/apt.sh "the browser tests need" chromium && on_path && exit 0
echo "Downloading Playwright's Chromium for the browser tests ..."
if ! .venv/bin/playwright install chromium; then
    echo "The browser tests need a Chromium; none on PATH, and none could be installed. Install one and run make test again." >&2
    exit 2
fi
