# shellcheck shell=bash
# The dyno's memory group, with cgroup v1 or v2.
set -euo pipefail

# Above LIMIT bytes the processes must wait, so that the simulator can end the whole dyno, as Heroku does. The kernel
# would kill only one process.
group::make() {
	local parent=${GROUP:?}
	parent=${parent%/*}
	if [[ -e "${parent}/cgroup.controllers" ]] && ! grep --quiet --word-regexp memory "${parent}/cgroup.subtree_control"; then
		printf '+memory' >"${parent}/cgroup.subtree_control"
	fi
	mkdir "${GROUP:?}"
	if [[ -e "${GROUP:?}/memory.high" ]]; then
		printf '%d' "${LIMIT:?}" >"${GROUP:?}/memory.high"
	else
		printf '%d' "${LIMIT:?}" >"${GROUP:?}/memory.limit_in_bytes"
		printf 1 >"${GROUP:?}/memory.oom_control"
	fi
}

# Kills the remaining processes. A killed process leaves its group a little later.
group::remove() {
	local tries pids
	for ((tries = 0; tries < 200; tries++)); do
		if [[ ! -d "${GROUP:?}" ]] || rmdir "${GROUP:?}" 2>/dev/null; then return 0; fi
		mapfile -t pids <"${GROUP:?}/cgroup.procs"
		if ((${#pids[@]} > 0)); then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
		sleep 0.05
	done
	printf 'The memory group %s cannot be removed.\n' "${GROUP:?}" >&2
	return 1
}
