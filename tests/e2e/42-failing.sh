#!/bin/bash
# Goal: each storage call may fail once: it is said, and nothing that was acknowledged is lost.
cd "$(dirname "$0")/../.." || exit 1
[ -z "${SAN:-}" ] || { echo "a sanitizer's runtime and the shim exclude each other"; exit 77; }
exec "${BUILD:-build}/fault/fault" failing -build "${BUILD:-build}" -faults 36
