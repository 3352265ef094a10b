#!/usr/bin/env bash
# Becomes systemd, in the namespaces that keeper.sh created.
set -euo pipefail

main() {
	local directory=$1
	# systemd sees this cgroup as the root.
	umount /sys/fs/cgroup
	mount --types cgroup2 cgroup2 /sys/fs/cgroup
	mount --types tmpfs tmpfs /run
	printf 'app:x:4711:4711::/srv/app:/bin/sh\n' | cat /etc/passwd - >"${directory}/passwd"
	mount --bind "${directory}/passwd" /etc/passwd
	mount --types tmpfs tmpfs /srv
	application "${directory}"

	export container=swarm-test SYSTEMD_UNIT_PATH=${directory}/units
	exec /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=no
}

# ProtectHome= can hide the real paths of Node and swarm. Bind mounts here stay visible.
application() {
	local modules=/srv/app/node_modules
	cp --recursive "$1/app" /srv/app
	mkdir --parents "${modules}/.bin" "${modules}/dyno-swarm"
	touch "${modules}/.bin/node"
	mount --bind "${NODE:?}" "${modules}/.bin/node"
	mount --bind "${SWARM:?}" "${modules}/dyno-swarm"
	ln --symbolic ../dyno-swarm/bin/swarm "${modules}/.bin/swarm"
}

main "$@"
