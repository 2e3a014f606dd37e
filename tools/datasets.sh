#!/usr/bin/env bash
# See that the data sets which Debian packages bring are there, for the default checkpoint's training data:
# installed before, else from the system's package manager where we may.
set -euo pipefail
cd "$(dirname "$0")/.."

files=(
    /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz
    /usr/lib/R/site-library/mlbench/data/LetterRecognition.rda
)
packages=(dataset-fashion-mnist r-cran-mlbench)

missing() {
    for i in "${!files[@]}"; do
        if [ ! -f "${files[$i]}" ]; then echo "${packages[$i]}"; fi
    done
}

wanted=$(missing)
[ -z "$wanted" ] && exit 0
# shellcheck disable=SC2086  # one word a package
tools/apt.sh "the training data need" --no-install-recommends $wanted || true
wanted=$(missing)
[ -z "$wanted" ] && exit 0
echo "The training data of the checkpoint needs these Debian packages, which could not be installed: $(echo $wanted). Install them and run make checkpoint again." >&2
exit 2
