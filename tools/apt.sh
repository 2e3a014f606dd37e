#!/usr/bin/env bash
# Install packages of the system with apt-get, where there is one and we may: tools/apt.sh "who needs them" PACKAGE ...
# Ends with 1, and says nothing, where it cannot.
set -euo pipefail

purpose=$1
shift
command -v apt-get >/dev/null || exit 1
sudo=""
if [ "$(id -u)" != 0 ]; then
    sudo="sudo -n"
    $sudo true 2>/dev/null || exit 1
fi
echo "Installing what $purpose with apt-get ..."
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -qq -y "$@" >/dev/null
