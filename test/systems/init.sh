#!/bin/bash
# The first process of the emulated system: prepares the system, runs the tests, and turns it off.
set -euo pipefail

main() {
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
	trap 'busybox poweroff -f' EXIT
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	mkdir -p /dev/pts /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t tmpfs tmpfs /dev/shm
	mount -t tmpfs tmpfs /tmp
	busybox ip link set lo up
	grep --max-count=1 Features /proc/cpuinfo
	# Through a pipe: on a terminal, Node would print colors.
	/swarm/test/systems/fidelity.sh "${NAME:?}" "${FORKS:?}" "${PATIENCE:?}" /nodes/* 2>&1 | cat
}

main
