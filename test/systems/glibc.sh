#!/usr/bin/env bash
# Runs the fidelity matrix and soaks with other versions of glibc, in Debian 11 (glibc 2.31), 13 (2.41) and sid (2.43 or
# later): the fork depends on where glibc keeps thread ids and lock owners, and that differs between versions.
#
#   glibc.sh                    in all of them, on every supported Node
#   glibc.sh SUITE [VERSION…]   in one, on every supported Node or on these
#
# FIDELITY_FORKS is the number of forks per soak. The systems stay in .cache/debian; remove one to install it again.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/support/nodes.sh
source test/systems/build.sh
source test/systems/debian.sh
source test/systems/results.sh

readonly SUITES=(bullseye trixie sid)
readonly CACHE=.cache/debian
readonly FORKS=${FIDELITY_FORKS:-300}

# Seconds of silence that count as a hang.
readonly PATIENCE=60

main() {
	local suite suites=("${SUITES[@]}") versions=(20 "${NODE_VERSIONS[@]}") logs=() failed=0
	if (($# > 0)); then suites=("$1"); fi
	if (($# > 1)); then versions=("${@:2}"); fi
	if ((EUID != 0)); then
		printf 'Installing, mounting and entering systems needs root: run this as root.\n' >&2
		exit 1
	fi
	debian::require debian-archive-keyring debootstrap gcc libc6-dev make
	build::addons x64

	for suite in "${suites[@]}"; do
		glibc::install "${suite}"
		logs+=("${CACHE}/${suite}.log")
		glibc::run "${suite}" "${versions[@]}" > >(tee "${logs[-1]}" || true) 2>&1 || failed=1
		wait "$!"
	done
	results::table "${logs[@]}" || failed=1
	exit "${failed}"
}

glibc::install() {
	local suite=$1 root=${CACHE}/$1 mirror
	if [[ -d "${root}" ]]; then return; fi
	mirror=$(debian::mirror)
	printf 'Installing Debian %s\n' "${suite}"
	rm -rf --one-file-system "${root}.part"
	mkdir -p "${CACHE}"
	# Node 26 needs libatomic1, and a row of the matrix needs kill(1).
	debootstrap --variant=minbase --include=libatomic1,libstdc++6,procps "${suite}" "${root}.part" "${mirror}" \
		>"${root}.install.log" || {
		tail "${root}.part/debootstrap/debootstrap.log" >&2
		return 1
	}
	printf '127.0.0.1 localhost\n::1 localhost\n' >"${root}.part/etc/hosts"
	mkdir "${root}.part/swarm"
	mv "${root}.part" "${root}"
}

# glibc::run SUITE VERSION…
glibc::run() {
	local suite=$1 version node nodes=()
	shift
	for version in "$@"; do
		node=$(nodes::install "${version}")
		nodes+=("/swarm/${node#"${PWD}"/}")
	done
	# Nothing is left behind: this script's death kills the first process of the pid namespace, which ends the others, and
	# the mounts disappear with the last process in their namespace.
	setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child test/systems/enter.sh "${CACHE}/${suite}" \
		/swarm/test/systems/fidelity.sh "${suite}" "${FORKS}" "${PATIENCE}" "${nodes[@]}"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
