# shellcheck shell=bash
# Runs before all tests: publishes the buildpack, and makes a first build through each API, whose cache the other tests
# use.
# shellcheck disable=SC2154 # bats sets BATS_*

setup_suite() {
	set -euo pipefail
	cd "${BASH_SOURCE[0]%/*}/../.."
	source test/support/nodes.sh
	source test/buildpack/heroku.bash
	source test/buildpack/lifecycle.bash

	# One test runs as another user.
	chmod a+rx "${BATS_RUN_TMPDIR}" "${BATS_SUITE_TMPDIR}"
	publish "${BATS_SUITE_TMPDIR}/buildpack"
	make_node "${BATS_SUITE_TMPDIR}/node" 24
	# Heroku's images do not contain Node.
	make_system "${BATS_SUITE_TMPDIR}/system" node npm npx corepack
	make_system "${BATS_SUITE_TMPDIR}/system without compiler" node npm npx corepack cc make

	heroku::new_app "${BATS_SUITE_TMPDIR}/first build"
	keep_output heroku::compile
	lifecycle::new_app "${BATS_SUITE_TMPDIR}/first image"
	keep_output lifecycle::build
}

keep_output() {
	if "$@" >"${root}/output.txt" 2>&1; then return; fi
	cat "${root}/output.txt"
	return 1
}

# Copies the repository without the files that buildpack.toml excludes.
publish() {
	local files
	files=$(git ls-files --cached --others --exclude-standard)
	sed -n '/^\[publish.Ignore\]/,$ s/^  "\([^"]*[^"/]\)\/\?",$/\1/p' buildpack.toml >"${BATS_SUITE_TMPDIR}/ignored.txt"
	mkdir "$1"
	tar --create --anchored --exclude-from "${BATS_SUITE_TMPDIR}/ignored.txt" --verbatim-files-from --files-from - <<<"${files}" |
		tar --extract --directory "$1"
}

# make_node DIRECTORY VERSION: installs Node with the layout of heroku/nodejs, which unpacks the official archive.
make_node() {
	local node npm
	node=$(nodes::install "$2")
	npm=$(command -v npm)
	npm=$(realpath "${npm}")
	mkdir -p "$1/bin" "$1/lib/node_modules"
	cp "${node}" "$1/bin/node"
	cp -R "${npm%/bin/npm-cli.js}" "$1/lib/node_modules/npm"
	ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/bin/npm"
}

# make_system DIRECTORY PROGRAM…: creates a directory for the PATH with all programs of this machine except these.
make_system() {
	local directory=$1
	shift
	mkdir "${directory}"
	ln -s /usr/bin/* "${directory}"
	(cd "${directory}" && rm -f "$@")
}
