#!/usr/bin/env bash
# Runs a separate systemd: as PID 1 in new namespaces and in a new cgroup, with only the units in DIRECTORY/units.
# Prints "systemd <pid>". Ends when its stdin is closed, even because the test itself is killed.
#
#   keeper.sh DIRECTORY
#
# It has a user `app`, and /srv/app is a copy of DIRECTORY/app. Its node_modules contains the binary NODE and the
# package directory SWARM.
set -euo pipefail

readonly HERE=${BASH_SOURCE[0]%/*}
readonly GROUP=/sys/fs/cgroup/swarm-systemd-$$

main() {
	local systemd=''
	# These mounts are invisible to other processes, and disappear with the last process of this namespace.
	mount --make-rprivate /
	mount --types cgroup2 cgroup2 /sys/fs/cgroup
	mkdir "${GROUP}"
	init::run "$1" </dev/null &
	init=$!
	trap keeper::remove EXIT
	until [[ -n "${systemd}" ]]; do
		sleep 0.05
		kill -0 "${init}" # fails if init is dead, so that the loop ends
		read -r systemd _ <"/proc/${init}/task/${init}/children" || true
	done
	printf 'systemd %d\n' "${systemd}"
	cat >/dev/null
}

init::run() {
	printf '%d\n' "${BASHPID}" >"${GROUP}/cgroup.procs"
	exec unshare --pid --ipc --uts --mount --cgroup --fork --kill-child --mount-proc "${HERE}/init.sh" "$1"
}

keeper::remove() {
	kill -KILL "${init}" 2>/dev/null || true
	wait "${init}" 2>/dev/null || true
	# Descendants end a moment later.
	while grep --quiet 'populated 1' "${GROUP}/cgroup.events"; do sleep 0.05; done
	find "${GROUP}" -depth -type d -exec rmdir {} \;
}

main "$@"
