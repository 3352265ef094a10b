# shellcheck shell=bash
# The layout of the slug in the classic API. A slug is built in one directory and runs in another.
set -euo pipefail

readonly SLUG_SWARM=.heroku/swarm

# slug::install BUILD LAUNCHER: puts swarm in place and on the PATH of each dyno.
slug::install() {
	mkdir -p "$1/.heroku"
	mkdir -p "$1/.profile.d"
	rm -rf "${1:?}/${SLUG_SWARM}"
	mv "$2" "$1/${SLUG_SWARM}"
	# shellcheck disable=SC2016 # it is for the dyno's shell, which has another HOME
	printf 'export PATH="${HOME}/%s/bin:${PATH}"\n' "${SLUG_SWARM}" >"$1/.profile.d/swarm.sh"
}

# slug::export BUILD BUILDPACK: puts swarm on the PATH of later buildpacks.
slug::export() {
	# shellcheck disable=SC2016 # it is for their shell
	if [[ -w "$2" ]]; then printf 'export PATH=%q:"${PATH}"\n' "$1/${SLUG_SWARM}/bin" >"$2/export"; fi
}
