# shellcheck shell=bash
# /sys/fs/cgroup as Heroku shows it.
set -euo pipefail

# cgroups::show DIRECTORY
cgroups::show() {
	mount -t tmpfs -o mode=755 tmpfs "$1"
	"cgroups::${SHAPE:?}" "$1"
	mount -o remount,ro "$1"
}

# No cgroup v2, one file of cgroup v1, and no CPU limit.
cgroups::cedar() {
	mkdir "$1/memory"
	printf '%d\n' "${QUOTA:?}" >"$1/memory/memory.limit_in_bytes"
}

# The files of cgroup v2, with the actual memory usage.
cgroups::fir() {
	printf 'cpuset cpu io memory pids\n' >"$1/cgroup.controllers"
	printf '%s\n' "${CPU_MAX:?}" >"$1/cpu.max"
	printf '%d\n' "${QUOTA:?}" >"$1/memory.max"
	printf 'max\n' >"$1/memory.high"
	cgroups::live "$1/memory.current" memory.current memory.usage_in_bytes
	cgroups::live "$1/memory.stat" memory.stat
}

# cgroups::live FILE NAME…: shows the first of these files that the group has.
cgroups::live() {
	local file=$1 name
	shift
	: >"${file}"
	for name in "$@"; do
		if [[ -e "${GROUP:?}/${name}" ]]; then
			mount --bind "${GROUP:?}/${name}" "${file}"
			return
		fi
	done
	printf 'The memory group has none of %s.\n' "$*" >&2
	return 1
}
