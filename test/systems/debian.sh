# shellcheck shell=bash
# What comes from Debian: tools for this machine, and whole systems to run in.
set -euo pipefail

# debian::require PACKAGE…: installs those that are missing, as .ci/packages does for the other tests.
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
	# What goes wrong is on stderr; stdout is a page of progress.
	"${as_root[@]}" apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null
}

# Prints the archive that this machine itself was installed from, or the one that everybody can reach.
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
