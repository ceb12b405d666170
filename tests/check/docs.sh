#!/bin/bash
# docs.sh - READMEs name every file once; links and tests that pages name are there; so are the keys of node.yaml.
# SPDX-License-Identifier: Apache-2.0
#
# A row of a table names files in its first cell: "a.c, b.c" or "`a.h`".  foo.h
# and foo.c count as one where only one of them is named.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0

finding() {
	echo "$*"
	bad=1
}

# Names of files in the first cells of a README's tables, one a line.
named() {
	sed -n 's/^| *\([^|]*\)|.*/\1/p' "$1" | tr -d '`' | tr ', ' '\n\n' |
	    grep -E '^[a-z0-9_-]+\.(c|h|proto|sh|awk|txt|yaml|supp|service)$'
}

# folder README DIR FILE... - these files of DIR and the rows agree.
folder() {
	local readme=$1 dir=$2 f name
	shift 2
	[ -e "$readme" ] || return 0
	for f in "$@"; do
		name=${f##*/}
		named "$readme" | grep -qE "^${name%.[ch]}\.[ch]\$|^$name\$" ||
			finding "$readme: does not name $name"
	done
	while read -r name; do
		[ -e "$dir/$name" ] ||
			finding "$readme: names $name, which is not there"
	done < <(named "$readme")
	while read -r name; do
		finding "$readme: names $name twice"
	done < <(named "$readme" | sort | uniq -d)
}

shopt -s nullglob
for f in proto ledger federation node node/domain; do
	folder $f/README.md $f $f/*.c $f/*.h $f/*.proto
done
folder deploy/README.md deploy deploy/*.{sh,txt,service}
folder tests/README.md tests/check tests/check/*
folder tests/golden/README.md tests/golden tests/golden/*.sh
shopt -u nullglob

while IFS=: read -r f link; do
	link=${link%%#*}
	case $link in '' | *://* | mailto:*) continue ;; esac
	[ -e "$(dirname "$f")/$link" ] || finding "$f: link to $link leads nowhere"
done < <(git ls-files '*.md' | grep -v /corpus/ |
    xargs -r grep -HoE '\]\([^)]+\)' | sed -E 's/:\]\(([^)]*)\)/:\1/')

# A test that a page names is there: `suite::name`.
while IFS=: read -r f suite name; do
	grep -qrE "^Test\(${suite}, ${name}[),]" tests ||
		finding "$f: no test $suite::$name"
done < <(git ls-files '*.md' | grep -v /corpus/ |
    xargs -r grep -HoE '`[a-z0-9_]+::[a-z0-9_]+`' | tr -d '`' | sed 's/::/:/')

# Whoever runs a node reads one page: every key of node.yaml and of its targets.
while read -r key; do
	grep -qw -- "$key" docs/operations.md ||
		finding "docs/operations.md: does not name the key $key of node.yaml"
done < <(sed -n '/^message Node /,/^}/p; /^message Target /,/^}/p' proto/config.proto |
    sed -n 's/^  [a-zA-Z]* [a-zA-Z0-9_.]* \([a-z0-9_]*\) = .*/\1/p')
exit $bad
