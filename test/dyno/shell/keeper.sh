#!/usr/bin/env bash
# Runs a dyno and cleans up after it, also when the simulator itself is killed: then its end of our stdin is closed.
#
#   keeper.sh COMMAND [ARGUMENT…]
#
# What runs and where is described by variables: APP, NODE and SWARM are paths (NODE is empty if the application has both),
# SHARED is a list of directories separated by colons, GROUP is the memory group to make, LIMIT its bytes, QUOTA the bytes
# that the dyno believes to have, SHAPE is cedar or fir, CPUS how many it sees, CPU_MAX the line of cpu.max, PROCESSES its
# ulimit -u. "up" on descriptor 3 says that the command is about to run. The exit status is the command's.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}"
source ./group.sh

main() {
	local dyno lifeline ended status=0
	export PLACE DYNO_UID
	PLACE=$(mktemp --directory --tmpdir swarm-dyno.XXXXXXXX)
	trap 'group::remove; rmdir "${PLACE:?}"' EXIT
	group::make
	# While this process lives no other has its pid. So this is a user whom no other process belongs to.
	DYNO_UID=$((0x40000000 + $$))

	# Mounts go away with the last process in their namespace, and processes with the first in theirs.
	unshare --mount --pid --ipc --fork --kill-child ./init.sh "$@" </dev/null &
	dyno=$!
	cat <&0 >/dev/null 2>&1 3>&- &
	lifeline=$!
	wait -n -p ended || true
	if ((ended == dyno)); then kill "${lifeline}"; else kill -KILL "${dyno}"; fi
	# bash has something to say of a process that was killed.
	wait "${dyno}" 2>/dev/null || status=$?
	exit "${status}"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
