#!/usr/bin/env bash
# Builds the addon with the installed C compiler.
#
#   build.sh          for this machine, if possible. Without the addon, swarm spawns its workers and says so
#   build.sh ARCH…    for every machine of these architectures (x64, arm64), as published; fails if it cannot
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
		printf '%s: swarm will spawn workers on this machine, not fork them.\n' "${obstacle}"
	else
		make --silent
	fi
}

# Prints why the addon cannot be built for this machine, or nothing.
build::obstacle() {
	local system target
	system=$(uname -s)
	if [[ "${system}" != Linux ]]; then
		printf 'The addon needs Linux'
	elif ! command -v cc >/dev/null || ! command -v make >/dev/null; then
		printf 'There is no C compiler (cc and make)'
	else
		target=$(cc -dumpmachine)
		if [[ "${target}" == *musl* ]]; then printf 'The addon needs glibc, and this system has musl'; fi
	fi
}

# build::publishable ARCH: builds an addon that runs wherever Node itself does.
build::publishable() {
	build::require "$1"
	make --silent ARCH="$1"
	./floor.sh "../../dist/native/linux-$1.node"
}

# build::require ARCH: checks that the tools are installed, and names the packages of missing ones.
build::require() {
	local tool compiler=cc packages='gcc' host
	host=$(uname -m)
	case $1,${host} in
		x64,x86_64 | arm64,aarch64) ;;
		x64,*) compiler=x86_64-linux-gnu-gcc packages='gcc-x86-64-linux-gnu libc6-dev-amd64-cross' ;;
		arm64,*) compiler=aarch64-linux-gnu-gcc packages='gcc-aarch64-linux-gnu libc6-dev-arm64-cross' ;;
		*)
			printf 'The addon supports x64 and arm64, not %s.\n' "$1" >&2
			return 64
			;;
	esac
	for tool in "${compiler}" make readelf; do
		if command -v "${tool}" >/dev/null; then continue; fi
		printf '%s is missing, so the addon cannot be built for %s. On Debian: apt-get install %s binutils make\n' \
			"${tool}" "$1" "${packages}" >&2
		return 1
	done
}

main "$@"
