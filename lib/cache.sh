# shellcheck shell=bash
# The cache of the classic API: one launcher, in one file named after the sources that it was built from.
set -euo pipefail

# cache::restore CACHE KEY TARGET: fails if the cache has no launcher for this key.
cache::restore() {
	local archive=$1/$2.tar.gz
	if [[ ! -f "${archive}" ]]; then return 1; fi
	mkdir "$3"
	if ! tar --extract --gzip --file "${archive}" --directory "$3" 2>/dev/null; then
		output::detail 'The cache is damaged'
		rm -rf "$3"
		return 1
	fi
}

# cache::keep CACHE KEY SOURCE: replaces the cached launcher.
cache::keep() {
	if ! cache::replace "$@" 2>/dev/null; then
		output::warning 'The cache cannot be written to, so the next build will build swarm again.'
	fi
}

# Replaces it atomically, so that no later build finds a partial file.
cache::replace() {
	local draft=$1/$2.draft
	tar --create --gzip --file "${draft}" --directory "$3" . || return
	rm -f "$1"/*.tar.gz
	mv "${draft}" "$1/$2.tar.gz"
}
