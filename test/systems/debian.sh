# shellcheck shell=bash
# Tools and systems from Debian.
set -euo pipefail

# debian::require PACKAGE…: installs packages that are missing, as .ci/packages does for the other tests.
debian::require() {
	local package state missing=() as_root=(env DEBIAN_FRONTEND=noninteractive)
	if ! command -v apt-get >/dev/null; then
		printf 'This is not Debian: install %s yourself.\n' "$*" >&2
		return 1
	fi
	for package in "$@"; do
		state=$(dpkg-query --show --showformat='${db:Status-Status}' "${package}" 2>/dev/null || true)
		if [[ "${state}" != installed ]]; then missing+=("${package}"); fi
	done
	if ((${#missing[@]} == 0)); then return; fi

	if ((EUID != 0)); then as_root=(sudo "${as_root[@]}"); fi
	printf 'Installing %s\n' "${missing[*]}"
	"${as_root[@]}" apt-get update -qq
	# Errors are on stderr; stdout shows only progress.
	"${as_root[@]}" apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null
}

# Prints the mirror that this machine itself uses, or the public one.
debian::mirror() {
	local id codename mirror=''
	id=$(debian::release ID)
	codename=$(debian::release VERSION_CODENAME)
	if [[ "${id}" == debian && -n "${codename}" ]]; then
		# shellcheck disable=SC2016 # apt-get replaces it
		mirror=$(apt-get indextargets --format '$(REPO_URI)' \
			'Identifier: Packages' "Release: ${codename}" 'Component: main' | sed --quiet 1p)
	fi
	printf '%s\n' "${mirror:-http://deb.debian.org/debian/}"
}

# debian::release NAME: prints a value of os-release(5).
debian::release() {
	sed --quiet "s/^$1=\"\?\([^\"]*\)\"\?$/\1/p" /etc/os-release
}
