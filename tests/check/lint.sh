#!/bin/bash
# lint.sh - clang-tidy and cppcheck over the code, shellcheck over the scripts.
# SPDX-License-Identifier: Apache-2.0
#
#   BUILD=build STD="-std=c17 ..." tests/check/lint.sh [FILE.c]...
set -u
cd "$(dirname "$0")/../.." || exit 1
shopt -s nullglob
build=${BUILD:-build}
bad=0
read -ra std <<<"${STD:--std=c17 -D_GNU_SOURCE}"
files=("$@")
if [ ${#files[@]} -eq 0 ]; then
	files=({proto,ledger,federation,node,tests/support,tests/fuzz,tests/bench}/*.c)
fi

if [ ${#files[@]} -gt 0 ]; then
	printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -I{} clang-tidy --quiet \
	    --config-file=tests/check/clang-tidy.yaml {} -- "${std[@]}" -I. \
	    -isystem "$build/gen" 2>&1 |
	    grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -'
	[ "${PIPESTATUS[1]}" -eq 0 ] || bad=1

	cppcheck --quiet --std=c11 --language=c -j "$(nproc)" --inline-suppr \
	    --enable=warning,performance,portability --error-exitcode=1 \
	    --suppressions-list=tests/check/cppcheck.txt -D_GNU_SOURCE \
	    -I. -I"$build/gen" --template='{file}:{line}: {id}: {message}' \
	    "${files[@]}" || bad=1
fi

if [ $# -eq 0 ]; then
	git ls-files '*.sh' .ci/run | xargs shellcheck -x -P SCRIPTDIR || bad=1
fi
exit $bad
