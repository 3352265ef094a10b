#!/usr/bin/env bash
# Runs a dyno and cleans up after it, even if the simulator is killed, which closes stdin.
#
#   keeper.sh COMMAND [ARGUMENT…]
#
# Variables: APP, NODE and SWARM are paths (NODE is empty if the application contains both), SHARED is a list of
# directories separated by colons, GROUP is the memory group to create, LIMIT its limit in bytes, QUOTA the limit that
# the dyno sees in bytes, SHAPE is cedar or fir, CPUS the number of cores that it sees, CPU_MAX the line in cpu.max,
# PROCESSES its ulimit -u. Writes "up" to descriptor 3 when the command is about to run. Exits with its status.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}"
source ./group.sh

main() {
	local dyno lifeline ended status=0
	export PLACE DYNO_UID
	PLACE=$(mktemp --directory --tmpdir swarm-dyno.XXXXXXXX)
	trap 'group::remove; rmdir "${PLACE:?}"' EXIT
	group::make
	# The pid of this process makes the uid unique: no process of another dyno has this user.
	DYNO_UID=$((0x40000000 + $$))

	# Mounts disappear with the last process of their namespace, and processes with the first of theirs.
	unshare --mount --pid --ipc --fork --kill-child ./init.sh "$@" </dev/null &
	dyno=$!
	cat <&0 >/dev/null 2>&1 3>&- &
	lifeline=$!
	wait -n -p ended || true
	if ((ended == dyno)); then kill "${lifeline}"; else kill -KILL "${dyno}"; fi
	# bash would report a killed process.
	wait "${dyno}" 2>/dev/null || status=$?
	exit "${status}"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
