# shellcheck shell=bash
# Simulates Heroku for the classic buildpack API.
# shellcheck disable=SC2154 # bats sets BATS_*

# Creates an application with Node installed in $build. Its $cache does not exist yet, and $config has no config vars.
heroku::new_app() {
	root=$1
	build="${root}/a build"
	cache="${root}/a cache"
	config="${root}/config vars"
	buildpack="${BATS_SUITE_TMPDIR}/buildpack"
	system="${BATS_SUITE_TMPDIR}/system"
	as_user=()
	mkdir -p "${build}/.heroku" "${config}" "${root}/tmp"
	ln -s "${BATS_SUITE_TMPDIR}/node" "${build}/.heroku/node"
	printf '{}\n' >"${build}/package.json"
}

# Provides the cache of an earlier build.
heroku::built_before() {
	cp -R "${BATS_SUITE_TMPDIR}/first build/a cache" "${cache}"
}

# heroku::call SCRIPT ARGUMENT…: runs a script in the environment of a build, which contains no config vars.
heroku::call() {
	local script=$1 environment=(HOME="${HOME}" TMPDIR="${root}/tmp" STACK=heroku-24 PATH="${system}")
	shift
	# Needed if a proxy with its own certificates is between this machine and the registry.
	if [[ -n "${NODE_EXTRA_CA_CERTS:-}" ]]; then environment+=(NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS}"); fi
	"${as_user[@]}" env --ignore-environment "${environment[@]}" "${buildpack}/bin/${script}" "$@"
}

heroku::compile() {
	heroku::call compile "${build}" "${cache}" "${config}"
}

heroku::report() {
	heroku::call report "${build}" "${cache}" "${config}"
}

# Moves the application to where the dyno has it, and removes what only the build had.
heroku::release() {
	app="${root}/app"
	mv "${build}" "${app}"
	rm -rf "${cache}"
}

# heroku::dyno COMMAND: runs a command as the dyno's shell does, after everything in .profile.d.
heroku::dyno() {
	# shellcheck disable=SC2016 # the text is for the shell of the dyno
	env --ignore-environment HOME="${app}" DYNO=worker.1 PATH=/usr/bin:/bin bash -c '
		cd "${HOME}"
		PATH=${HOME}/.heroku/node/bin:${PATH}
		for script in .profile.d/*.sh; do source "${script}"; done
		exec bash -c "$1"
	' bash "$1"
}

# Prints a checksum of a directory, to detect changes.
heroku::snapshot() {
	# shellcheck disable=SC2312 # if tar fails, the checksum differs
	tar --create --sort=name --directory "$1" . | sha256sum
}
