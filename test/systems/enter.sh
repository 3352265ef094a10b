#!/usr/bin/env bash
# Runs a command in another system, which has this repository at /swarm, read-only.
# Start it in its own mount and pid namespaces: it does not remove its mounts.
#
#   enter.sh ROOT COMMAND [ARGUMENT…]
set -euo pipefail

main() {
	local root=$1 path
	shift
	# unshare(1) expects the root of the new system to be a mount point.
	mount --bind "${root}" "${root}"
	# The system needs this machine's /dev and /sys with everything mounted in them, but must not change them.
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
