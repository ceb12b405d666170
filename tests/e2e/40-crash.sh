#!/bin/bash
# Goal: a node that is killed at any storage call or instant loses nothing it acknowledged.
cd "$(dirname "$0")/../.." || exit 1
[ -z "${SAN:-}" ] || { echo "a sanitizer's runtime and the shim exclude each other"; exit 77; }
exec "${BUILD:-build}/fault/fault" crash -build "${BUILD:-build}" -kills 60
