#!/usr/bin/env bash
# Runs the fidelity matrix and each soak in the current system.
#
#   fidelity.sh SYSTEM FORKS PATIENCE NODE…
#
# SYSTEM names the system in the results. FORKS is the number of forks per soak. PATIENCE seconds of silence are a hang.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/systems/results.sh

failed=0

main() {
	local system=$1 forks=$2 patience=$3 list soaks node soak
	shift 3
	# The other files are only parts of soaks.
	list=$(grep --files-with-matches 'function start' test/fidelity/soak/*.js)
	mapfile -t soaks <<<"${list}"
	fidelity::describe "${system}"
	for node in "$@"; do
		fidelity::run "${system}" "${patience}" "${node}" matrix.js
		fidelity::run "${system}" "${patience}" "${node}" matrix.js --busy
		for soak in "${soaks[@]}"; do
			fidelity::run "${system}" "${patience}" "${node}" soak.js "$(basename "${soak}" .js)" --forks "${forks}"
		done
	done
	results::end
	exit "${failed}"
}

fidelity::describe() {
	local libc kernel
	libc=$(ldd --version | sed --quiet 1p)
	kernel=$(uname --kernel-release --machine)
	printf '===== %s: %s, Linux %s\n' "$1" "${libc}" "${kernel}"
}

# fidelity::run SYSTEM PATIENCE NODE SCRIPT ARGUMENT…
fidelity::run() {
	local system=$1 patience=$2 node=$3 script=$4 version name verdict=ok started=${SECONDS} status=0
	local limit=$((patience * 30))
	shift 4
	name=${1:-matrix}
	version=$("${node}" --version)
	printf '\n===== %s, Node %s: %s\n' "${system}" "${version}" "${script} $*"
	timeout --kill-after=10 "${limit}" "${node}" "test/fidelity/${script}" "$@" --patience "${patience}" || status=$?
	if ((status != 0)); then
		failed=1
		verdict=FAILED
	fi
	if ((status == 124)); then printf 'Stopped after %d s.\n' "${limit}"; fi
	results::line "${system}" "${version}" "${name#--}" "${verdict}" "$((SECONDS - started))"
}

main "$@"
