#!/bin/bash
# limits.sh - lengths, parameters, banned functions, seams, floors, names.
# SPDX-License-Identifier: Apache-2.0
#
# One line per finding, "file:line: what"; exceptions stand in limits.txt.
set -u
cd "$(dirname "$0")/../.." || exit 1
here=tests/check
found=$(mktemp)
used=$(mktemp)
trap 'rm -f "$found" "$used"' EXIT
shopt -s nullglob
floors=(proto ledger federation node)
sources=({proto,ledger,federation,node,node/domain}/*.[ch])
tests=(tests/{proto,ledger,federation,node,support,fuzz,bench,peers,fault,hunt}/*.[ch])
all=("${sources[@]}" "${tests[@]}")

finding() {
	echo "$*" >>"$found"
}

# granted KIND NAME VALUE - true when limits.txt allows it; notes the use.
granted() {
	local limit
	limit=$(awk -v k="$1" -v n="$2" '$1 == k && $2 == n { print $3 }' \
	    $here/limits.txt)
	[ -n "$limit" ] || return 1
	echo "$1 $2 $limit" >>"$used"
	[ "$1" = use ] || [ "$3" -le "$limit" ]
}

lengths() {
	local f n max name lines params
	for f in "${all[@]}"; do
		n=$(wc -l <"$f")
		case $f in *.h) max=150 ;; *) max=600 ;; esac
		[ "$n" -le $max ] || granted file "$f" "$n" ||
			finding "$f: $n lines, ceiling $max"
	done
	while read -r f name lines params; do
		max=80
		[ "$name" != main ] || max=120
		[ "$lines" -le $max ] || granted function "$name" "$lines" ||
			finding "$f: $name has $lines lines, ceiling $max"
		[ "$params" -le 6 ] || granted parameters "$name" "$params" ||
			finding "$f: $name has $params parameters, ceiling 6"
	done < <(awk -f $here/functions.awk "${all[@]}")
}

# Two fixed first lines, the first of them short and true.
first_lines() {
	local f line base
	for f in "${all[@]}"; do
		base=${f##*/}
		line=$(head -n 1 "$f")
		case $line in
		"/* $base - "*[.?]" */") ;;
		"/* ${base%.c}.h - "*[.?]" */") ;;
		*) finding "$f:1: not /* $base - what it is. */" ;;
		esac
		[ ${#line} -le 80 ] || finding "$f:1: over 80 columns"
		[ "$(sed -n 2p "$f")" = "/* SPDX-License-Identifier: Apache-2.0 */" ] ||
			finding "$f:2: no SPDX line"
	done
}

# A stem (foo of foo.c, foo.h) lives in one folder of the repository.
stems() {
	printf '%s\n' "${all[@]}" | sed 's|\.[ch]$||' | sort -u |
	    awk -F/ '{ d = $0; sub(/\/[^\/]*$/, "", d)
		if ($NF in at) print d "/" $NF ": stem also in " at[$NF]
		at[$NF] = d }' >>"$found"
}

# Source text with comments and strings blanked, "file:line: text".
code() {
	awk '
	FNR == 1 { comment = 0 }
	{
		out = ""
		s = $0
		while (s != "") {
			if (comment) {
				i = index(s, "*/")
				if (!i) { s = ""; break }
				s = substr(s, i + 2); comment = 0; continue
			}
			c = substr(s, 1, 1)
			if (substr(s, 1, 2) == "/*") { comment = 1; s = substr(s, 3); continue }
			if (substr(s, 1, 2) == "//") break
			if (c == "\"" && out !~ /#include/) {
				s = substr(s, 2)
				while (s != "" && substr(s, 1, 1) != "\"")
					s = substr(s, substr(s, 1, 1) == "\\" ? 3 : 2)
				s = substr(s, 2); out = out "\"\""; continue
			}
			if (c == "\047") {
				s = substr(s, 2)
				while (s != "" && substr(s, 1, 1) != "\047")
					s = substr(s, substr(s, 1, 1) == "\\" ? 3 : 2)
				s = substr(s, 2); out = out "0"; continue
			}
			out = out c; s = substr(s, 2)
		}
		print FILENAME ":" FNR ": " out
	}' "$@"
}

banned() {
	local names='strcpy|strcat|stpcpy|strncpy|strncat|sprintf|vsprintf|gets'
	names="$names|strtok|atoi|atol|atoll|atof|alloca|system|popen"
	names="$names|tmpnam|tempnam|mktemp|asctime|ctime|gmtime|localtime|rand"
	names="$names|srand|random|signal|setjmp|longjmp"
	local at name
	while read -r at name; do
		granted use "${at%%:*}" "$name" ||
			finding "$at $name() is banned"
	done < <(code "${all[@]}" | awk -v re="(^|[^A-Za-z0-9_.>])($names)[ \t]*\\\\(" '
	    { rest = $0; sub(/^[^:]*:[0-9]*: /, "", rest) }
	    match(rest, re) {
		m = substr(rest, RSTART, RLENGTH)
		gsub(/[^A-Za-z0-9_]/, "", m); print $1, m }')
}

# Rules for the libraries alone, and for all code.
habits() {
	code "${sources[@]}" | awk '
	    { text = $0; sub(/^[^:]*:[0-9]*: /, "", text) }
	    /^(proto|ledger|federation)\// &&
	    text ~ /(^|[^A-Za-z0-9_])(printf|fprintf|vfprintf|puts|perror|exit|_exit|syslog|warn|err|errx|warnx)\(/ &&
	    text !~ /enum err err\(/ {
		print $1 " a library neither prints nor exits" }
	    text ~ /^[ \t]*typedef / && text !~ /\(\*/ {
		print $1 " typedef of something other than a function" }
	    text ~ /(^|[^A-Za-z0-9_])if \(.*[^=!<>]=[^=]/ {
		print $1 " assignment and test are two statements" }
	    text ~ /(^|[^A-Za-z_])(malloc|calloc|realloc|strdup|strndup)\(/ && !/^proto\/mem\.c/ {
		print $1 " memory comes from mem_alloc" }' >>"$found"
	grep -nEi '\b(TODO|FIXME|XXX|HACK|not implemented)\b' "${all[@]}" |
	    sed 's/$/   <- unfinished/' >>"$found"
}

includes() {
	local f line header floor other pattern files ok p i
	grep -nE '^#include' "${all[@]}" |
	    sed -E 's/^([^:]*):([0-9]+):#include [<"]([^>"]*)[>"].*/\1 \2 \3/' |
	while read -r f line header; do
		case $header in ../* | */../*) finding "$f:$line: relative include" ;; esac
		# Upward?
		floor=${f%%/*} other=${header%%/*}
		for i in "${!floors[@]}"; do
			[ "${floors[$i]}" != "$floor" ] || floor=$i
			[ "${floors[$i]}" != "$other" ] || other=$i
		done
		case $floor$other in [0-3][0-3])
			[ "$other" -le "$floor" ] ||
				finding "$f:$line: includes $header from a floor above"
		esac
		case $f in tests/*) continue ;; esac
		# The domain knows neither stores nor wires nor clocks.
		case $f in node/domain/*)
			case $header in
			proto/clock.h | proto/crypto.h | ev.h | sys/*)
				finding "$f:$line: the domain does not know $header" ;;
			node/domain/* | proto/*) ;;
			*/*) finding "$f:$line: the domain does not know $header" ;;
			esac
		esac
		while read -r pattern files; do
			case $pattern in '#'* | '') continue ;; esac
			# shellcheck disable=SC2254
			case $header in $pattern) ;; *) continue ;; esac
			ok=
			set -f
			for p in $files; do
				# shellcheck disable=SC2254
				case $f in $p) ok=1 ;; esac
			done
			set +f
			[ -n "$ok" ] ||
				finding "$f:$line: $header belongs to $files only"
		done <$here/seams.txt
	done
}

# Who opens what rests beside an entry says why nothing gets out that is stored
# only.
readers() {
	local f calls="log_sealed|log_sealed_bytes|log_walk_sealed|submit_op_body|submit_op_rest|indicator_read"
	for f in {federation,node,node/domain}/*.c; do
		if grep -qE "\b($calls)\(" "$f"; then
			grep -q "^$f " $here/readers.txt ||
				finding "$f: opens bodies; say in readers.txt why nothing gets out"
		elif grep -q "^$f " $here/readers.txt; then
			finding "$here/readers.txt: $f opens nothing"
		fi
	done
}

# Own header first; then system, third party, project: a .c that has a header
# of its own includes it before all others.
own_header_first() {
	local f first
	for f in "${sources[@]}"; do
		case $f in *.c) ;; *) continue ;; esac
		[ -e "${f%.c}.h" ] || continue
		first=$(grep -m 1 '^#include' "$f")
		[ "$first" = "#include \"${f%.c}.h\"" ] ||
			finding "$f: own header is not the first include"
	done
}

# What the repository's top level may hold.
top_level() {
	local f
	while read -r f; do
		case $f in
		Makefile | README.md | README.zh-CN.md | LICENSE) ;;
		node | proto | ledger | federation | deploy | tests | docs) ;;
		.ci | .clang-format | .gitignore) ;;
		*) finding "$f: not at the top level" ;;
		esac
	done < <(git ls-files | cut -d/ -f1 | sort -u)
	for f in $(git ls-files | sed -n 's|/[^/]*$||p' | sort -u); do
		case $f in */corpus* | .ci | */testdata*) continue ;; esac
		[ -e "$f/README.md" ] || case $f in
		proto | ledger | federation | node | deploy | tests | docs)
			finding "$f: no README.md" ;;
		esac
		[ ! -e "$f/README.md" ] || [ "$(wc -l <"$f/README.md")" -le 100 ] ||
			finding "$f/README.md: over 100 lines"
	done
}

unused_grants() {
	grep -vE '^(#|$)' $here/limits.txt | while read -r kind name limit _; do
		grep -qx "$kind $name $limit" "$used" ||
			finding "limits.txt: $kind $name $limit is not needed"
	done
}

lengths
first_lines
stems
banned
habits
includes
readers
own_header_first
top_level
unused_grants
sort "$found"
if [ -s "$found" ]; then
	echo "limits: $(wc -l <"$found") findings"
	exit 1
fi
