# shellcheck shell=bash
# Heroku, as a classic buildpack sees it.
# shellcheck disable=SC2154 # bats sets BATS_*

# A new application, with Node in place, in $build; its $cache is not there yet, and no config var is in $config.
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

# The cache is that of an earlier build.
heroku::built_before() {
	cp -R "${BATS_SUITE_TMPDIR}/first build/a cache" "${cache}"
}

# heroku::call SCRIPT ARGUMENT…: with the environment of a build, which has none of the config vars.
heroku::call() {
	local script=$1 environment=(HOME="${HOME}" TMPDIR="${root}/tmp" STACK=heroku-24 PATH="${system}")
	shift
	# Where the registry is reached through something that has certificates of its own.
	if [[ -n "${NODE_EXTRA_CA_CERTS:-}" ]]; then environment+=(NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS}"); fi
	"${as_user[@]}" env --ignore-environment "${environment[@]}" "${buildpack}/bin/${script}" "$@"
}

heroku::compile() {
	heroku::call compile "${build}" "${cache}" "${config}"
}

heroku::report() {
	heroku::call report "${build}" "${cache}" "${config}"
}

# The application as a dyno has it: elsewhere, without what only the build had. `heroku::dyno COMMAND` runs it there.
heroku::release() {
	app="${root}/app"
	mv "${build}" "${app}"
	rm -rf "${cache}"
}

# As the dyno's shell: everything in .profile.d first.
heroku::dyno() {
	# shellcheck disable=SC2016 # it is for the shell of the dyno
	env --ignore-environment HOME="${app}" DYNO=worker.1 PATH=/usr/bin:/bin bash -c '
		cd "${HOME}"
		PATH=${HOME}/.heroku/node/bin:${PATH}
		for script in .profile.d/*.sh; do source "${script}"; done
		exec bash -c "$1"
	' bash "$1"
}

# Everything that can be seen of a directory, to find out whether it has changed.
heroku::snapshot() {
	# shellcheck disable=SC2312 # a tar that fails has another sum
	tar --create --sort=name --directory "$1" . | sha256sum
}
