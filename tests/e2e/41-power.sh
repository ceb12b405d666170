#!/bin/bash
# Goal: no disk that a power loss may leave loses what was acknowledged.
cd "$(dirname "$0")/../.." || exit 1
[ -z "${SAN:-}" ] || { echo "a sanitizer's runtime and the shim exclude each other"; exit 77; }
exec "${BUILD:-build}/fault/fault" power -build "${BUILD:-build}" -images 36
