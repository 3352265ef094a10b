#!/usr/bin/env bash
# Builds the addon with the C compiler that is here.
#
#   build.sh          for this machine if that is possible. Without the addon swarm spawns its workers, and says so
#   build.sh ARCH…    for these architectures (x64, arm64), or fails
set -euo pipefail

main() {
	local arch system
	cd "${BASH_SOURCE[0]%/*}"
	system=$(uname -s)
	if (($# > 0)); then
		for arch in "$@"; do make --silent ARCH="${arch}"; done
	elif [[ "${system}" != Linux ]]; then
		printf 'The addon is for Linux: workers will be spawned here, not forked.\n'
	elif ! command -v cc >/dev/null || ! command -v make >/dev/null; then
		printf 'There is no C compiler (cc and make): workers will be spawned here, not forked.\n'
	else
		make --silent
	fi
}

main "$@"
