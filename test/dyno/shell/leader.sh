#!/usr/bin/env bash
# Becomes the first process of the dyno: in its memory group, with its limits, as its user, in its file system.
#
#   leader.sh ROOT COMMAND [ARGUMENT…]
set -euo pipefail

main() {
	local root=$1 cpus
	shift
	printf 0 >"${GROUP:?}/cgroup.procs"
	if [[ -n "${PROCESSES?}" ]]; then ulimit -u "${PROCESSES?}"; fi
	cpus=$(leader::cpus)
	printf 'up\n' >&3
	exec unshare --cgroup taskset --cpu-list "${cpus}" \
		chroot --userspec="${DYNO_UID:?}:${DYNO_UID:?}" --groups= "${root}" "$@" 3>&-
}

# The first CPUS of the cores that this process can use, or all of them if there are fewer.
leader::cpus() {
	awk -F: -v count="${CPUS:?}" '/^Cpus_allowed_list/ {
		gsub(/[ \t]/, "", $2)
		ranges = split($2, range, ",")
		for (r = 1; r <= ranges; r++) {
			split(range[r] "-" range[r], ends, "-")
			for (cpu = ends[1]; cpu <= ends[2] && count > 0; cpu++) { list = list "," cpu; count-- }
		}
		print substr(list, 2)
	}' /proc/self/status
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
