#!/bin/bash
# Goal: killed, cut off or failing while terms end: nothing held is lost, what is due is gone for good and said once.
cd "$(dirname "$0")/../.." || exit 1
[ -z "${SAN:-}" ] || { echo "a sanitizer's runtime and the shim exclude each other"; exit 77; }
# The long form: make retain KILLS=100 FAULTS=60 IMAGES=60
exec "${BUILD:-build}/fault/fault" retain -build "${BUILD:-build}" -kills 1 -faults 1 -images 1
