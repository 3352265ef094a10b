#!/usr/bin/env bash
# Runs Node's own tests in swarm's workers, with each Node whose tests are available.
#
#   run.sh [--node 22|24] [option of main.js…] [part of a test's name…]
#
# The tests come from Debian's source packages of Node. They stay in the user's cache directory: inside this repository,
# package.json would turn them into ES modules.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/support/nodes.sh

readonly POOL=pool/main/n/nodejs
readonly MIRRORS=(https://deb.debian.org/debian https://snapshot.debian.org/archive/debian/20261129T000000Z)

# The versions of Node, the archives with their tests, and the checksums of the archives.
declare -rA VERSIONS=([22]=22.22.2 [24]=24.21.0)
declare -rA ARCHIVES=(
	[22]=nodejs_22.22.2+dfsg+~cs22.19.15.orig.tar.xz
	[24]=nodejs_24.21.0+dfsg+~cs24.13.4.orig.tar.xz
)
declare -rA CHECKSUMS=(
	[22]=f1a6dfca7ffe7f9f42942274adf9f0a12733977a4744a53f41b20836907c449b
	[24]=e6e0d1a00dfc9e31ab2b074fd99979a48be17c18e8e3edc14306736069bb8f54
)

# tests::install LINE: downloads Node's source unless it is there, without large parts that no test needs, and prints
# its directory.
tests::install() {
	local line=$1 directory archive
	directory=${XDG_CACHE_HOME:-${HOME}/.cache}/dyno-swarm/node-${VERSIONS[${line}]}
	if [[ ! -d "${directory}" ]]; then
		archive=$(mktemp)
		tests::download "${ARCHIVES[${line}]}" "${archive}"
		sha256sum --check --quiet <<<"${CHECKSUMS[${line}]}  ${archive}" >&2
		mkdir -p "${directory}.part"
		tar -xJf "${archive}" -C "${directory}.part" --strip-components=1 \
			--exclude='*/deps/v8' --exclude='*/deps/openssl' --exclude='*/deps/icu-small'
		rm "${archive}"
		mv "${directory}.part" "${directory}"
	fi
	printf '%s\n' "${directory}"
}

tests::download() {
	local archive=$1 to=$2 mirror
	for mirror in "${MIRRORS[@]}"; do
		if curl --fail --silent --show-error --location --output "${to}" "${mirror}/${POOL}/${archive}"; then return 0; fi
	done
	printf 'Could not download the tests of Node, %s.\n' "${archive}" >&2
	return 1
}

main() {
	local line lines=(22 24) node source status=0
	if [[ "${1:-}" == --node ]]; then
		lines=("$2")
		shift 2
	fi
	for line in "${lines[@]}"; do
		node=$(nodes::install "${VERSIONS[${line}]}")
		source=$(tests::install "${line}")
		"${node}" test/node/main.js --source "${source}" "$@" || status=1
	done
	return "${status}"
}

main "$@"
