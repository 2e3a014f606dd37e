#!/usr/bin/env bash
# Have dclint look at compose.yaml: it knows the compose specification. It needs Node; without, tests/test_deployment.py
# is all that looks.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npx >/dev/null; then
    echo "compose.yaml: dclint needs Node (npx), which is not here; skipped"
    exit 0
fi
npx --yes dclint@3.1.0 --max-warnings 0 compose.yaml
