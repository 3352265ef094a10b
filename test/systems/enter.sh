#!/usr/bin/env bash
# Runs a command in another system, which sees this repository as /swarm and cannot write to it.
# To be started in mount and pid namespaces of its own: it leaves its mounts there.
#
#   enter.sh ROOT COMMAND [ARGUMENT…]
set -euo pipefail

main() {
	local root=$1 path
	shift
	# unshare(1) in there expects its root to be a mount.
	mount --bind "${root}" "${root}"
	# /dev and /sys of this machine are needed with all that is mounted in them, and must not be touched.
	for path in dev sys; do
		mount --rbind "/${path}" "${root}/${path}"
		mount --make-rslave "${root}/${path}"
	done
	mount -t proc proc "${root}/proc"
	mount -t tmpfs tmpfs "${root}/tmp"
	mount --bind . "${root}/swarm"
	mount --options remount,bind,ro "${root}/swarm"
	exec env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
		chroot "${root}" "$@"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
