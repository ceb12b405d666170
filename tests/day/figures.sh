#!/bin/bash
# figures.sh - what a node says of the day, beside what README.md tells by hand.
# SPDX-License-Identifier: Apache-2.0
#
#   bash tests/day/figures.sh DIR
#
# Fails when one differs.  Of a row the last two cells count: a value, of which
# n/d is compared and a percentage checked against it, and what is asked.
set -u
set -o pipefail
HERE=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
BUILD=${BUILD:-$HERE/../../build}
[ $# = 1 ] || { echo "usage: bash tests/day/figures.sh DIR" >&2; exit 2; }
NODE=$1
T=$(mktemp -d "${TMPDIR:-/tmp}/figures.XXXXXX")
trap 'rm -rf "$T"' EXIT
# The day is the 15th of the month before the one in which it was told.
first=$(TZ=CST-8 date -d "@$(stat -c %Y "$NODE/site")" +%Y-%m-01)
MONTH=$(date -d "$first -1 day" +%Y-%m)
DAY=$MONTH-15

# kept NAME COMMAND... - what it says in JSON, asked once.
kept() {
	local file=$T/${1//[^a-z0-9-]/_}
	shift
	[ -s "$file" ] || "$BUILD/lianfang" --dir "$NODE" --json "$@" >"$file" || return 1
	cat "$file"
}

count() { # KIND OPTION...
	local kind=$1 cursor='' n=0
	shift
	while :; do
		"$BUILD/lianfang" --dir "$NODE" --json "$kind" list --limit 1000 "$@" \
		    ${cursor:+--cursor "$cursor"} >"$T/page" || return 1
		n=$((n + $(jq '.items | length' "$T/page")))
		cursor=$(jq -r '.nextCursor // empty' "$T/page")
		[ -n "$cursor" ] || break
	done
	echo "$n"
}

# ask WHAT ARGUMENT... - one value.
ask() {
	local what=$1 pick='"\(.numerator // 0)/\(.denominator // 0)"'
	shift
	case $what in
	month) kept month indicator list --period "$MONTH" |
		jq -r --arg id "$1" "first(.items[] | select(.id == \$id)) | $pick" ;;
	day) kept day indicator list --period "$DAY" |
		jq -r --arg id "$1" "first(.items[] | select(.id == \$id)) | $pick" ;;
	kpi) kept "kpi ${*:2}" alarm kpi --from "${DAY}T00:00:00+08:00" --to "$MONTH-16T00:00:00+08:00" "${@:2}" |
		jq -r --arg name "$1" "if \$name == \"excluded\" then .excluded else .figures[] | select(.name == \$name) | $pick end" ;;
	sources) kept sources source list | jq --arg f "$1" '[.items[][$f] // 0 | tonumber] | add' ;;
	*) count "$what" "$@" ;;
	esac
}

# adds_up VALUE - "46/50 = 92.0 %": is that the percentage?
adds_up() {
	local n d p
	[[ $1 =~ ^([0-9]+)/([0-9]+)\ =\ ([0-9.]+)\ %$ ]] || return 0
	n=${BASH_REMATCH[1]} d=${BASH_REMATCH[2]} p=${BASH_REMATCH[3]}
	awk -v n="$n" -v d="$d" -v p="$p" 'BEGIN {
		places = index(p, ".") ? length(p) - index(p, ".") : 0
		exit sprintf("%." places "f", 100 * n / d) != p
	}'
}

# The file is a table of cells between bars.
rows=0 bad=0
printf '%-36s %-24s %-14s %s\n' FIGURE "BY HAND 手算" "NODE 节点" ""
while IFS='|' read -r _ figure zh _ value asked _; do
	figure=${figure# } zh=${zh# } value=${value# } asked=${asked# }
	figure=${figure% } zh=${zh% } value=${value% } asked=${asked% }
	read -r -a words <<<"$asked"
	got=$(ask "${words[@]}") || got='no answer'
	verdict=same
	[ "$got" = "${value%% *}" ] && adds_up "$value" || verdict=DIFFERS
	[ $verdict = same ] || bad=$((bad + 1))
	printf '%-36s %-22s %-12s %-8s %s\n' "$figure" "$value" "$got" $verdict "$zh"
	rows=$((rows + 1))
done < <(sed -n '/^| figure |/,/^$/p' "$HERE/README.md" | tail -n +3 | grep '^|')
if [ $rows = 0 ] || [ $bad != 0 ]; then
	echo "$bad of $rows differ from what was told by hand / $bad 项与手算不一致"
	exit 1
fi
echo "all $rows as told by hand / $rows 项全部与手算一致"
