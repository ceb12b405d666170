#!/bin/bash
# demo.sh - five nodes of four organisations do the main job on loopback; then a
# sixth holds a day of a plant, whose figures were told by hand.
# SPDX-License-Identifier: Apache-2.0
#
#   bash deploy/demo.sh start    run it; the nodes stay up (ONESHOT=1: they end)
#   bash deploy/demo.sh stop     end the nodes and remove the directory
#
# DEMO_DIR (default ./demo) and DEMO_PORT (default 8420, then +10 per node) may
# be set; DEMO_DAY=no leaves the day out.
set -u
set -o pipefail
ROOT=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
BUILD=$(realpath -m "${BUILD:-$ROOT/build}")
DIR=${DEMO_DIR:-$ROOT/demo}
PORT=${DEMO_PORT:-8420}
NODES=(plant-a plant-b hq partner regulator)
DAY=plant-c
declare -A NAME=([plant-a]=plant-a.acme.example [plant-b]=plant-b.acme.example
	[hq]=hq.acme.example [partner]=hr.weldco.example
	[regulator]=safety.gov.example)
declare -A ROLE=([plant-a]=plant [plant-b]=plant [hq]=hq [partner]=partner
	[regulator]=regulator)
PATH=$BUILD:$PATH
BOLD="" DIM="" OFF=""
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	BOLD=$(printf '\033[1m') DIM=$(printf '\033[2m') OFF=$(printf '\033[0m')
fi
# What commands say stands six cells to the right.
WIDE=110
[ ! -t 1 ] || WIDE=$(tput cols 2>/dev/null || echo 110)
WIDE=$((WIDE < 80 ? 74 : WIDE > 126 ? 120 : WIDE - 6))
STEP=0
BEGAN=$(date +%s%N)

die() {
	printf '\ndemo: %s\n' "$*" >&2
	for n in "${NODES[@]}" $DAY; do
		[ -s "$DIR/$n.log" ] && tail -n 3 "$DIR/$n.log" >&2
	done
	stop
	exit 1
}

# step CHINESE ENGLISH - a numbered heading with the time since the start.
step() {
	STEP=$((STEP + 1))
	printf '\n%s%2d. %s%s\n    %s  %s(%d.%d s)%s\n' "$BOLD" $STEP "$1" "$OFF" \
	    "$2" "$DIM" $((($(date +%s%N) - BEGAN) / 1000000000)) \
	    $((($(date +%s%N) - BEGAN) / 100000000 % 10)) "$OFF"
}

# shown COMMAND... - as a reader would type it: paths short, secrets named, words
# with blanks quoted, long lines continued.
shown() {
	local word line=
	case $1 in
	on) shift 2 && set -- lianfang --dir "$DIR/$NODE" "$@" ;;
	post) set -- curl -H "Authorization: Bearer \$T" -d "$5" "$(url "$2")$4" ;;
	esac
	for word; do
		word=${word//$DIR\//demo/}
		word=${word#"$ROOT/"}
		case $word in
		*\$T*) word="\"$word\"" ;;
		*[[:blank:]\"]*) word="'$word'" ;;
		esac
		if [ -n "$line" ] && [ $((${#line} + ${#word})) -gt $((WIDE - 3)) ]; then
			printf '%s \\\n' "$line"
			line="          $word"
		else
			line="$line${line:+ }$word"
		fi
	done
	printf '%s' "$line"
}

# show COMMAND... - print a command, run it, print what it says, keep it in OUT.
# Long answers but tables of figures are cut in the middle, lines of JSON at
# their end.
show() {
	[ "$1" != on ] || NODE=$2
	printf '    %s$ %s%s\n' "$DIM" "$(shown "$@")" "$OFF"
	OUT=$(COLUMNS=$WIDE "$@" 2>&1)
	local rc=$?
	[ -z "$OUT" ] || printf '%s\n' "${OUT//$DIR\//demo/}" | awk '
	    { line[NR] = /^{"/ ? substr($0, 1, 96) " ..." : $0 }
	    END {
		whole = line[1] ~ /^FIGURE/
		for (i = 1; i <= NR; i++) {
			if (!whole && NR > 36 && i > 16 && i <= NR - 16) {
				if (i == 17)
					printf "      ... (%d lines)\n", NR - 32
				if (line[i] !~ /FAIL/)
					continue
			}
			print "      " line[i]
		}
	    }'
	return $rc
}

# must COMMAND... - show, and it has to succeed;  refuse - has to fail.
must() {
	show "$@" || die "this should have worked: $*"
}
refuse() {
	show "$@" && die "this should have been refused: $*"
	return 0
}

on() {
	local node=$1
	shift
	lianfang --dir "$DIR/$node" "$@"
}

wait_for() {
	local what=$1 deadline=$((SECONDS + 20))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || die "$what: not within 20 s"
		sleep 0.1
	done
}

url() {
	sed -n 's/.*"http": *"\([^"]*\)".*/http:\/\/\1/p' "$DIR/$1/run.json"
}

# runs NODE - the process we started for it is still there.  Its number alone
# says nothing: numbers are used again.
runs() {
	local pid
	pid=$(cat "$DIR/$1.pid" 2>/dev/null) || return 1
	[ -r "/proc/$pid/cmdline" ] &&
		tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$DIR/$1"
}

# clear_dir - remove the directory; whatever is no demo's stays.
clear_dir() {
	[ -e "$DIR" ] || return 0
	[ -e "$DIR/plant-a.init" ] || rmdir "$DIR" 2>/dev/null || {
		echo "demo: $DIR is not a demo's directory; DEMO_DIR= names another" >&2
		exit 1
	}
	stop
	rm -rf "$DIR"
}

stop() {
	local n deadline=$((SECONDS + 10))
	for n in "${NODES[@]}" $DAY; do
		runs "$n" && kill -TERM "$(cat "$DIR/$n.pid")"
	done
	for n in "${NODES[@]}" $DAY; do
		while runs "$n" && [ $SECONDS -lt $deadline ]; do
			sleep 0.1
		done
		rm -f "$DIR/$n.pid"
	done
} 2>/dev/null

run_node() {
	lianfangd --dir "$DIR/$1" >"$DIR/$1.out" 2>"$DIR/$1.log" </dev/null &
	echo $! >"$DIR/$1.pid"
}

# ready NODE - waits for its line and prints it.
ready() {
	until [ -s "$DIR/$1.out" ]; do
		kill -0 "$(cat "$DIR/$1.pid")" 2>/dev/null ||
			die "$1 did not start (DEMO_PORT= chooses other ports)"
		sleep 0.05
	done
	sed 's/^/      /' "$DIR/$1.out"
}

start_nodes() {
	local n i=0
	# --reduced: a permit in a few steps; a plant leaves it out.
	for n in "${NODES[@]}"; do
		lianfang init --reduced --dir "$DIR/$n" --name "${NAME[$n]}" \
		    --role "${ROLE[$n]}" --http "127.0.0.1:$((PORT + 10 * i))" \
		    --federation "tcp://127.0.0.1:$((PORT + 10 * i + 1))" \
		    >"$DIR/$n.init" 2>&1 || die "$(cat "$DIR/$n.init")"
		run_node "$n"
		i=$((i + 1))
	done
	for n in "${NODES[@]}"; do
		ready "$n"
	done
}

make_alliance() {
	local n
	for n in "${NODES[@]}"; do
		on "$n" alliance card -o "$DIR/$n.card.json" >/dev/null ||
			die "no card of $n"
	done
	must lianfang alliance create --name yangtze-delta --grant \
	    "${NAME[regulator]}:${NAME[plant-b]}" -o "$DIR/genesis.json" \
	    "$DIR"/*.card.json
	for n in "${NODES[@]}"; do
		on "$n" alliance join "$DIR/genesis.json" >/dev/null ||
			die "$n does not join"
	done
	wait_for "all members are connected" all_connected
	must on hq alliance show
}

all_connected() {
	! on hq alliance show | grep -q -e connecting -e waiting
}

# alarms SOURCE COUNT AREA - a JSON array of plausible alarms on stdout.
alarms() {
	awk -v s="$1" -v n="$2" -v area="$3" -v now="$(date +%s)" 'BEGIN {
		srand(7); printf "["
		split("gas process process fire behaviour equipment", kinds, " ")
		split("LEL high|level high|pressure low|flame detector|no helmet|vibration high", titles, "|")
		for (i = 1; i <= n; i++) {
			k = 1 + int(rand() * 6)
			t = strftime("%Y-%m-%dT%H:%M:%SZ", now - (n - i), 1)
			printf "%s{\"source\":\"%s\",\"sourceSeq\":\"%d\",\"level\":3,\"kind\":\"%s\",\"area\":\"%s\",\"title\":\"%s\",\"value\":%.1f,\"occurredAt\":\"%s\"}", \
			    (i > 1 ? "," : ""), s, i, kinds[k], area, titles[k], rand() * 20, t
		}
		printf "]"
	}'
}

post() { # NODE TOKEN PATH BODY
	curl -sS --fail-with-body -H "Authorization: Bearer $2" \
	    -H 'Content-Type: application/json' --data-binary "$4" "$(url "$1")$3"
}

feed_alarms() {
	local i
	TOKEN_A=$(on plant-a token create --role ingest --expires 30d)
	TOKEN_B=$(on plant-b token create --role ingest --expires 30d)
	for i in 1 2 3 4; do
		alarms "dcs-0$i" 500 "reactor-$i" >"$DIR/alarms.json"
		post plant-a "$TOKEN_A" /v1/alarms @"$DIR/alarms.json" \
		    >/dev/null || die "plant A refused the alarms"
	done
	alarms gds-01 200 workshop-1 >"$DIR/alarms.json"
	post plant-b "$TOKEN_B" /v1/alarms @"$DIR/alarms.json" >/dev/null ||
		die "plant B refused the alarms"
	must on plant-a source list
}

certificate() {
	must on partner cert issue --holder 陈焊工 --holder-number 110101199001011237 \
	    --class welding --item 熔化焊接与热切割 --to 2190d --review 1095d
	CERT=$OUT
	must on partner cert publish "$CERT"
	must on partner cert present "$CERT" --to "${NAME[plant-b]}" \
	    -o "$DIR/chen.presentation.json"
	wait_for "plant B has the partner's credential" \
	    on plant-b cert accept "$DIR/chen.presentation.json"
	must on plant-b cert accept "$DIR/chen.presentation.json"
	HOLDER=$OUT
}

permit() {
	local who
	for who in li:applicant sun:gas-analyst wang:approver zhao:guardian \
	    qian:acceptor; do
		on plant-b actor add "${who%%:*}" --role "${who##*:}" >/dev/null ||
			die "cannot enrol $who"
	done
	must on plant-b cert issue --holder zhao --class guardian --to 365d
	ALLOWED=(on plant-b decide --holder "$HOLDER" --level 1 --area tank-farm-2)
	wait_for "the decision is ALLOW" "${ALLOWED[@]}"
	must "${ALLOWED[@]}"
	must on plant-b permit apply --level 1 --area tank-farm-2 \
	    --worker "$HOLDER" --worker-name 陈焊工 --guardian zhao \
	    --location "T-201 outlet flange" --content "replace flange" \
	    --number DH-2026-0117 --actor li
	PERMIT=$OUT
	must on plant-b permit gas-test "$PERMIT" --gas methane=0.1:5 --actor sun
	must on plant-b permit step approve "$PERMIT" --actor wang
	must on plant-b permit step start "$PERMIT" --actor zhao
}

gas_alarm() {
	must post plant-b "$TOKEN_B" /v1/alarms "{\"source\":\"gds-02\",\"sourceSeq\":\"1\",\"level\":1,\"kind\":\"gas\",\"area\":\"tank-farm-2\",\"title\":\"LEL high high\",\"value\":42.5,\"unit\":\"%LEL\",\"occurredAt\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}"
	must on plant-b permit show "$PERMIT"
	printf '%s\n' "$OUT" | grep -q SUSPEND || die "the permit was not suspended"
	refuse on plant-b permit step resume "$PERMIT" --actor zhao
}

intelligence() {
	local token case
	token=$(on plant-a token create --role operator --expires 1d)
	case=$(post plant-a "$token" /v1/cases '{"action":"REPORT","source":"ehs","sourceSeq":"1","type":"near-miss","area":"reactor-2","hazard":"static-ignition","equipment":"centrifuge","severity":"none","potential":"fire","personName":"周某","description":"周某在 R-2 反应釜旁取样时未接地","occurredAt":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}' |
		sed -n 's/.*"recordId": *"\([^"]*\)".*/\1/p') || die "no case"
	on plant-a actor add wu --role operator >/dev/null || die "no author"
	on plant-a actor add he --role releaser >/dev/null || die "no releaser"
	refuse on plant-a intel draft --basis "$case" --tlp GREEN \
	    --title "Static ignition" --recommend "check earthing" --actor wu
	must on plant-a intel draft --named --basis "$case" --type near-miss --tlp GREEN \
	    --title "Static ignition near a centrifuge" \
	    --narrative "Sampling was done without earthing; nobody was hurt." \
	    --recommend "check earthing before sampling" --actor wu
	INTEL=$OUT
	must on plant-a intel approve "$INTEL" --actor he
	wait_for "the partner sees the item" partner_sees
	must on partner intel list --json
	printf '%s\n' "$OUT" | grep -q -e 周某 -e R-2 -e reactor -e '"wu"' &&
		die "an identity came out"
	return 0
}

partner_sees() {
	on partner intel list --json | grep -q "Static ignition"
}

hq_queries() {
	wait_for "HQ holds plant A's alarms" hq_has_all
	must on hq source list
	must on hq permit list
	must on hq alarm list --level 1
}

hq_has_all() {
	[ "$(on hq source list | grep -c -e ' 500 ' -e ' 200 ')" -ge 5 ]
}

regulator() {
	local token
	token=$(on plant-b token create --role regulator --expires 30d)
	on plant-b policy >"$DIR/plant-b.policy" || die "no policy"
	curl -sS --fail-with-body -H "Authorization: Bearer $token" \
	    -H 'Content-Type: application/json' -o "$DIR/permit.lfb" \
	    -d "{\"kind\":\"permit\",\"ids\":[\"$PERMIT\"],\"show\":[\"action\",\"level\",\"area\",\"occurredAt\",\"gas\",\"reason\",\"alarmId\"],\"purpose\":\"inspection 2026-117\"}" \
	    "$(url plant-b)/v1/bundles" || die "no bundle of the permit"
	must lianfang verify "$DIR/permit.lfb" --policy "$DIR/plant-b.policy"
	curl -sS --fail-with-body -H "Authorization: Bearer $token" \
	    -H 'Content-Type: application/json' -o "$DIR/window.lfb" \
	    -d "{\"kind\":\"permit\",\"fromAt\":\"$(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)\",\"toAt\":\"$(date -u -d '+1 minute' +%Y-%m-%dT%H:%M:%SZ)\",\"purpose\":\"all permits of the hour\"}" \
	    "$(url plant-b)/v1/bundles" || die "no bundle of the window"
	must lianfang verify "$DIR/window.lfb" --policy "$DIR/plant-b.policy"
	printf '%s\n' "$OUT" | grep -q 'PASS, COMPLETE' ||
		die "the window is not COMPLETE"
}

tampered_window() {
	local record
	cp "$DIR/window.lfb" "$DIR/short.lfb"
	record=$(zip -sf "$DIR/short.lfb" | tr -d ' ' | grep '^records/' | head -n 1)
	show zip -q -d "$DIR/short.lfb" "$record"
	refuse lianfang verify "$DIR/short.lfb" --policy "$DIR/plant-b.policy"
}

# The leaf's own first bytes (its kind and time, no line feed among them) tell
# where to flip: all copies, since any page may be the living one.
flipped_byte() {
	local token leaf offset copy=$DIR/plant-a-copy
	token=$(on plant-a token create --role operator --expires 1d)
	must on plant-a backup "$DIR/backup" --keys "$DIR/backup-keys"
	must lianfang restore "$DIR/backup" --keys "$DIR/backup-keys" --dir "$copy"
	must on plant-a-copy audit
	curl -sS -H "Authorization: Bearer $token" -o "$DIR/entries" \
	    "$(url plant-a)/evidence/1/tile/entries/000" || die "no entries"
	leaf=$(od -An -v -tx1 -j 2 -N 18 "$DIR/entries" | tr -d ' \n' |
		sed 's/../\\x&/g')
	LC_ALL=C grep -obUaP "$leaf" "$copy/own/data.mdb" | cut -d: -f1 |
	    while read -r offset; do
		printf '\377' | dd of="$copy/own/data.mdb" bs=1 conv=notrunc \
		    seek=$((offset + 20)) status=none
		printf '      byte %d of a copy of the store set to 0xff\n' \
		    $((offset + 20))
	done
	refuse on plant-a-copy audit
}

# The 15th of last month: date and month are its own words.
a_day() {
	mkdir "$DIR/$DAY"
	must day "$DIR/$DAY"
	DATE=${OUT%%:*}
	sed -i "s/8420/$((PORT + 50))/; s/8421/$((PORT + 51))/" \
	    "$DIR/$DAY/node.yaml"
	run_node $DAY
	ready $DAY
	show bash "$ROOT/tests/day/figures.sh" "$DIR/$DAY" ||
		die "what the node says is not what was told by hand"
	must on $DAY indicator snapshot
	must on $DAY at area-01 "${DATE}T07:16:00+08:00"
}

# look_further - what to ask the day's node next.
look_further() {
	local from="--from ${DATE}T00:00:00+08:00 --to ${DATE%-*}-16T00:00:00+08:00"
	printf '那一天可以继续查看 / go on looking at that day:\n'
	printf '  lianfang --dir %s %s\n' \
	    "$DIR/$DAY" "alarm list --level 1 --area area-01" \
	    "$DIR/$DAY" "at area-01 ${DATE}T07:30:00+08:00 --window 900" \
	    "$DIR/$DAY" "alarm kpi $from" \
	    "$DIR/$DAY" "permit list --type confined-space" \
	    "$DIR/$DAY" "indicator list --period ${DATE%-*}" \
	    "$DIR/$DAY" "indicator show hazard-closure --set articles --period ${DATE%-*}"
	printf '  手算过程 / how each was told by hand:  tests/day/README.md\n'
}

start() {
	clear_dir
	mkdir -p "$DIR"
	step "启动五个节点：甲厂、乙厂、总部、合作公司、监管" \
	    "five nodes: plants A and B, HQ, a partner company, a regulator"
	start_nodes
	step "组成联盟：名片、创世文件、加入" "form the alliance"
	make_alliance
	step "接入报警：每条报警落盘、签名、可证明后才应答" \
	    "alarms: acknowledged when durable, signed and provable"
	feed_alarms
	step "合作公司签发焊工证并出示给乙厂（联盟账本上没有个人信息）" \
	    "the partner issues a welder's certificate and shows it to plant B"
	certificate
	step "乙厂一级动火作业票：判定、申请、检测、审批、开工，逐步签字" \
	    "plant B: a level-1 hot-work permit, each step signed by a person"
	permit
	step "可燃气报警：同一事务内暂停作业票；未复测不能恢复" \
	    "gas alarm: the permit is suspended in the same transaction"
	gas_alarm
	step "风险情报：企业过少、无法隐匿来源时拦下；经第二人审批以本单位名义发布，不含人员和地点" \
	    "risk intelligence: held where too few companies hide its source; released by a second person under its name, without persons or places"
	intelligence
	step "总部查询两个工厂" "HQ queries both plants"
	hq_queries
	step "监管取证：一张作业票的证据包，以及一小时内全部作业票（完整）" \
	    "the regulator verifies one permit and a COMPLETE window, offline"
	regulator
	step "抽走一条记录：离线验证拒绝" "one record taken out: refused"
	tampered_window
	step "备份甲厂并恢复到别处；篡改其中一个字节：核验指出位置" \
	    "plant A backed up and restored elsewhere; one byte flipped: the audit names it"
	flipped_byte
	if [ "${DEMO_DAY:-}" = no ]; then
		DAY=
	else
		step "另一个工厂的一天：300 张作业票、2 万条报警、2000 名工人；指标与手算值逐项对照" \
		    "a day of another plant: 300 permits, 20,000 alarms, 2,000 workers; its figures beside those told by hand"
		a_day
	fi
	printf '\n%s完成 / done%s  (%d s)\n' "$BOLD" "$OFF" \
	    $((($(date +%s%N) - BEGAN) / 1000000000))
	if [ "${ONESHOT:-}" = 1 ]; then
		stop
		rm -rf "$DIR"
		return
	fi
	printf '以上命令可直接使用 / to use these commands:  export PATH=%s:$PATH\n' "$(cd "$BUILD" && pwd)"
	printf '节点仍在运行 / the nodes are running:\n'
	for n in "${NODES[@]}" $DAY; do
		printf '  %-10s %s   lianfang --dir %s status\n' "$n" "$(url "$n")" "$DIR/$n"
	done
	[ -z "$DAY" ] || look_further
	printf '停止 / stop them:  make demo-stop\n'
}

case ${1:-} in
start)
	trap 'stop; exit 130' INT TERM
	start
	;;
stop)
	clear_dir
	;;
*)
	die "usage: bash deploy/demo.sh start|stop"
	;;
esac
