#!/usr/bin/env bash
# Runs a systemd of its own: as PID 1 of its own namespaces, in a control group of its own, with no units but those in
# DIRECTORY/units. It says "systemd <pid>", and ends with its stdin, also when the test itself is killed.
#
#   keeper.sh DIRECTORY
#
# There is a user `app`, and /srv/app is DIRECTORY/app. NODE is the Node and SWARM the directory of the package that are
# seen in its node_modules.
set -euo pipefail

readonly HERE=${BASH_SOURCE[0]%/*}
readonly GROUP=/sys/fs/cgroup/swarm-systemd-$$

main() {
	local systemd=''
	# No other process sees these mounts, and they go away with the last process here.
	mount --make-rprivate /
	mount --types cgroup2 cgroup2 /sys/fs/cgroup
	mkdir "${GROUP}"
	init::run "$1" </dev/null &
	init=$!
	trap keeper::remove EXIT
	until [[ -n "${systemd}" ]]; do
		sleep 0.05
		kill -0 "${init}" # or else it will not come any more
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
	# Its descendants end a moment later.
	while grep --quiet 'populated 1' "${GROUP}/cgroup.events"; do sleep 0.05; done
	find "${GROUP}" -depth -type d -exec rmdir {} \;
}

main "$@"
