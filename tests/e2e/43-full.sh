#!/bin/bash
# Goal: without room or descriptors a node refuses and says so, and goes on by itself.
cd "$(dirname "$0")/../.." || exit 1
[ -z "${SAN:-}" ] || { echo "a sanitizer's runtime and the shim exclude each other"; exit 77; }
exec "${BUILD:-build}/fault/fault" full -build "${BUILD:-build}"
