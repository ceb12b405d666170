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

if [ "${1:-}" = --tidy ]; then
	# What defines err_fail must not see it as a macro.
	[ "$2" = proto/err.c ] || std+=(-include tests/check/analyzer.h)
	# What stands in for libc cannot take its reserved parameter names.
	except=()
	case $2 in tests/fault/*)
		except=(--checks=-readability-inconsistent-declaration-parameter-name) ;;
	esac
	# The analyzer gives a function up after so many states; the last three
	# quarters of its own bound take half of the time and found nothing yet.
	exec clang-tidy --quiet --config-file=tests/check/clang-tidy.yaml \
	    "${except[@]}" "$2" \
	    -- "${std[@]}" -I. -isystem "$build/gen" \
	    -Xclang -analyzer-config -Xclang max-nodes=56000
fi
files=("$@")
if [ ${#files[@]} -eq 0 ]; then
	files=({proto,ledger,federation,node,node/domain,tests/support,tests/fuzz,tests/bench,tests/day,tests/fault,tests/hunt}/*.c)
fi

if [ ${#files[@]} -gt 0 ]; then
	mkdir -p "$build"
	printf '%s\n' "${files[@]}" |
	    xargs -P "$(nproc)" -I{} bash tests/check/lint.sh --tidy {} \
		>"$build/lint.log" 2>&1 || {
		bad=1
		grep -E ': (error|warning): ' "$build/lint.log" | sort -u
		echo "the paths that lead there: $build/lint.log"
	}

	cppcheck --quiet --std=c11 --language=c -j "$(nproc)" --inline-suppr \
	    --enable=warning,performance,portability --error-exitcode=1 \
	    -D'json_array_foreach(a,i,v)=while((v)=json_array_get(a,(i)=0))' \
	    -D'json_object_foreach(o,k,v)=while((v)=json_object_get(o,(k)=""))' \
	    --suppressions-list=tests/check/cppcheck.txt -D_GNU_SOURCE \
	    -I. -I"$build/gen" --template='{file}:{line}: {id}: {message}' \
	    "${files[@]}" || bad=1
fi

if [ $# -eq 0 ]; then
	git ls-files '*.sh' .ci/run | xargs shellcheck -S warning -x -P SCRIPTDIR || bad=1
fi
exit $bad
