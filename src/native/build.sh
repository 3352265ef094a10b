#!/usr/bin/env bash
# Builds the addon with the C compiler that is here.
#
#   build.sh          for this machine if that is possible. Without the addon swarm spawns its workers, and says so
#   build.sh ARCH…    for every machine of these architectures (x64, arm64), or fails: this is what is published
set -euo pipefail

main() {
	local arch obstacle
	cd "${BASH_SOURCE[0]%/*}"
	if (($# > 0)); then
		for arch in "$@"; do build::publishable "${arch}"; done
		return
	fi
	obstacle=$(build::obstacle)
	if [[ -n "${obstacle}" ]]; then
		printf '%s: workers will be spawned here, not forked.\n' "${obstacle}"
	else
		make --silent
	fi
}

# Prints why there cannot be an addon for this machine, or nothing.
build::obstacle() {
	local system target
	system=$(uname -s)
	if [[ "${system}" != Linux ]]; then
		printf 'The addon is for Linux'
	elif ! command -v cc >/dev/null || ! command -v make >/dev/null; then
		printf 'There is no C compiler (cc and make)'
	else
		target=$(cc -dumpmachine)
		if [[ "${target}" == *musl* ]]; then printf 'The addon is for glibc, and this is musl'; fi
	fi
}

# build::publishable ARCH: wherever Node runs, this has to run.
build::publishable() {
	build::require "$1"
	make --silent ARCH="$1"
	./floor.sh "../../dist/native/linux-$1.node"
}

# build::require ARCH: says what to install where something is missing.
build::require() {
	local tool compiler=cc packages='gcc' host
	host=$(uname -m)
	case $1,${host} in
		x64,x86_64 | arm64,aarch64) ;;
		x64,*) compiler=x86_64-linux-gnu-gcc packages='gcc-x86-64-linux-gnu libc6-dev-amd64-cross' ;;
		arm64,*) compiler=aarch64-linux-gnu-gcc packages='gcc-aarch64-linux-gnu libc6-dev-arm64-cross' ;;
		*)
			printf 'The addon is for x64 and arm64, and not for %s.\n' "$1" >&2
			return 64
			;;
	esac
	for tool in "${compiler}" make readelf; do
		if command -v "${tool}" >/dev/null; then continue; fi
		printf 'There is no %s, so the addon cannot be built for %s: on Debian, apt-get install %s binutils make.\n' \
			"${tool}" "$1" "${packages}" >&2
		return 1
	done
}

main "$@"
