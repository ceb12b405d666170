#!/bin/bash
# run.sh - the same alarms into Lianfang and into what one would otherwise take.
# SPDX-License-Identifier: Apache-2.0
#
#   BUILD=build CC=gcc tests/peers/run.sh [PEER]...
#
# Every system runs on loopback in a directory of its own under build/, with
# its data synced before it answers where it can do that, and is ended by its
# pid.  What is not installed is skipped by name.  Writes build/peers.json and
# build/peers.svg.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
seconds=${SECONDS_EACH:-5}
mkdir -p "$build"
dir=$(cd "$build" && mktemp -d "$PWD/peers.XXXXXX")
rows=$dir/rows
pids=()

end_servers() {
	local pid
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
	pids=()
}
trap 'end_servers; rm -rf "$dir"' EXIT

skip() {
	echo "$1: skipped, $2" >&2
}

# build_client PEER LIBRARY... - build/peers/PEER.
build_client() {
	local peer=$1 objects=(tests/peers/peer.c tests/bench/{alarms,bench_sample}.c)
	shift
	mkdir -p "$build/peers"
	case $peer in etcd | lianfang) objects+=(tests/peers/peer_http.c) ;; esac
	"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -O2 -I. -isystem "$build/gen" \
	    -isystem /usr/include/postgresql "${objects[@]}" \
	    "tests/peers/peer_$peer.c" "$build/libproto.a" -lprotobuf-c -lsodium \
	    -lcrypto -ljansson -lyaml -lpthread -lm "$@" -o "$build/peers/$peer"
}

# A port nobody listens on now, below the ephemeral range.
free_port() {
	local port
	while :; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# await PORT - until somebody listens there.
await() {
	local i
	for ((i = 0; i < 300; i++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
		read -rt 0.1 <> <(:) || true
	done
	echo "peers: nobody listens on port $1" >&2
	exit 1
}

# measure PEER WHERE NOTE - three loads; a row each.
measure() {
	local peer=$1 where=$2 note=$3 load clients batch out
	for load in one:1:1 many:64:1 arrays:4:1000; do
		IFS=: read -r load clients batch <<<"$load"
		sync
		out=$("$build/peers/$peer" "$where" "$clients" "$batch" "$seconds")
		echo "$peer|$load|${out// /|}|$note" >>"$rows"
		awk -F'|' '{ printf "%-10s %-7s %9.0f /s   p50 %8.2f ms   p99 %8.2f ms\n",
		    $1, $2, $3, $4, $5 }' <<<"$peer|$load|${out// /|}"
	done
}

run_lianfang() {
	local name=lianfang port token
	build_client $name
	"$build/lianfang" init --dir "$dir/node" --name plant.bench.example \
	    --role plant --http 127.0.0.1:0 --federation tcp://127.0.0.1:0 \
	    >/dev/null
	"$build/lianfangd" --dir "$dir/node" >"$dir/node.out" 2>&1 &
	pids+=($!)
	until grep -qs ready "$dir/node.out" || ! kill -0 "${pids[-1]}"; do
		read -rt 0.1 <> <(:) || true
	done
	port=$(sed -n 's|.* http=[^ ]*:\([0-9]*\) .*|\1|p' "$dir/node.out")
	token=$("$build/lianfang" --dir "$dir/node" token create --role ingest)
	measure $name "$port:$token" \
	    "sealed, in a Merkle tree, signed checkpoint per commit, folded, synced"
}

run_sqlite() {
	local version
	[ -e /usr/include/sqlite3.h ] ||
		{ skip sqlite "libsqlite3-dev is not installed"; return; }
	build_client sqlite -lsqlite3
	mkdir "$dir/sqlite"
	version=$(awk '/#define SQLITE_VERSION / { print $3 }' \
	    /usr/include/sqlite3.h | tr -d '"')
	measure sqlite "$dir/sqlite" \
	    "SQLite $version in the client, WAL, synchronous FULL, chain of hashes"
}

# PostgreSQL refuses to run as root.
as_postgres() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
	else
		"$@"
	fi
}

run_postgres() {
	local bin data=$dir/pg/data
	bin=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null |
	    sort -V | tail -n 1)
	[ -n "$bin" ] && [ -e /usr/include/postgresql/libpq-fe.h ] ||
		{ skip postgres "postgresql or libpq-dev is not installed"; return; }
	bin=${bin%/initdb}
	build_client postgres -lpq
	mkdir "$dir/pg"
	# The directories above stay closed to it; its own it must reach.
	[ "$(id -u)" -ne 0 ] || { chown postgres "$dir/pg"; chmod 711 "$dir"; }
	as_postgres "$bin/initdb" -D "$data" -U postgres -A trust -N \
	    >"$dir/pg.log" 2>&1
	as_postgres "$bin/postgres" -D "$data" -k "$dir/pg" -h '' \
	    -c fsync=on -c synchronous_commit=on >>"$dir/pg.log" 2>&1 &
	pids+=($!)
	until [ -S "$dir/pg/.s.PGSQL.5432" ] && as_postgres "$bin/pg_isready" \
	    -q -h "$dir/pg"; do
		kill -0 "${pids[-1]}" || { tail "$dir/pg.log" >&2; exit 1; }
		read -rt 0.1 <> <(:) || true
	done
	measure postgres "$dir/pg" \
	    "PostgreSQL $("$bin/postgres" --version | awk '{ print $3 }'), fsync on, a trigger chains hashes"
}

run_etcd() {
	local port peer_port
	command -v etcd >/dev/null ||
		{ skip etcd "etcd-server is not installed"; return; }
	build_client etcd
	port=$(free_port) peer_port=$(free_port)
	etcd --data-dir "$dir/etcd" --log-level error \
	    --listen-client-urls "http://127.0.0.1:$port" \
	    --advertise-client-urls "http://127.0.0.1:$port" \
	    --listen-peer-urls "http://127.0.0.1:$peer_port" \
	    --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
	    --initial-cluster "default=http://127.0.0.1:$peer_port" \
	    --quota-backend-bytes 8000000000 >"$dir/etcd.log" 2>&1 &
	pids+=($!)
	await "$port"
	measure etcd "$port" \
	    "etcd $(etcd --version | sed -n 's/^etcd Version: //p'), one node, JSON gateway, synced; no hashes"
}

run_nats() {
	local port always=
	command -v nats-server >/dev/null ||
		{ skip nats "nats-server is not installed"; return; }
	build_client nats
	port=$(free_port)
	printf 'listen: 127.0.0.1:%s\njetstream { store_dir: "%s"' \
	    "$port" "$dir/nats" >"$dir/nats.conf"
	cp "$dir/nats.conf" "$dir/nats.try"
	echo ' sync_interval: always }' >>"$dir/nats.try"
	if nats-server -t -c "$dir/nats.try" >/dev/null 2>&1; then
		mv "$dir/nats.try" "$dir/nats.conf"
		always="sync always"
	else
		echo ' }' >>"$dir/nats.conf"
		always="NOT synced before the answer: this version cannot"
	fi
	nats-server -c "$dir/nats.conf" >"$dir/nats.log" 2>&1 &
	pids+=($!)
	await "$port"
	measure nats "$port" \
	    "NATS JetStream $(nats-server --version | sed 's/.*v//'), one stream, $always; no hashes"
}

# Of this machine, for the chart.
where="$(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
    head -n 1 | tr -s ' '), $(date -u +%Y-%m)"
peers=("$@")
[ $# -gt 0 ] || peers=(lianfang postgres sqlite etcd nats)
for p in "${peers[@]}"; do
	"run_$p"
	end_servers
done
awk -F'|' -f tests/peers/json.awk "$rows" >"$build/peers.json"
awk -F'|' -v where="$where" -f tests/peers/chart.awk "$rows" >"$build/peers.svg"
echo
awk -F'|' -f tests/peers/ratio.awk "$rows"
