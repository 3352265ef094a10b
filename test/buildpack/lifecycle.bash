# shellcheck shell=bash
# Simulates the lifecycle of Cloud Native Buildpacks, for API 0.10.
# shellcheck disable=SC2154,SC2034 # bats sets BATS_*; tests use the variables set here

# Creates an application in $build, with Node in a layer of an earlier buildpack. $layers is still empty.
lifecycle::new_app() {
	root=$1
	build="${root}/workspace"
	layers="${root}/layers/dyno-swarm_swarm"
	node_layers="${root}/layers/heroku_nodejs"
	platform="${root}/platform"
	buildpack="${BATS_SUITE_TMPDIR}/buildpack"
	mkdir -p "${build}" "${layers}" "${node_layers}" "${platform}/env" "${root}/tmp"
	ln -s "${BATS_SUITE_TMPDIR}/node" "${node_layers}/dist"
	printf '[types]\nlaunch = true\nbuild = true\n' >"${node_layers}/dist.toml"
	printf '{}\n' >"${build}/package.json"
}

lifecycle::build() (
	local environment=(
		HOME="${HOME}" TMPDIR="${root}/tmp" PATH="${node_layers}/dist/bin:${BATS_SUITE_TMPDIR}/system"
		CNB_BUILDPACK_DIR="${buildpack}" CNB_LAYERS_DIR="${layers}" CNB_PLATFORM_DIR="${platform}"
		CNB_BP_PLAN_PATH=/dev/null CNB_TARGET_OS=linux CNB_TARGET_ARCH=amd64
		CNB_TARGET_DISTRO_NAME=ubuntu CNB_TARGET_DISTRO_VERSION=24.04
	)
	if [[ -n "${NODE_EXTRA_CA_CERTS:-}" ]]; then environment+=(NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS}"); fi
	cd "${build}" || return
	env --ignore-environment "${environment[@]}" "${buildpack}/bin/build"
)

# lifecycle::restore ROOT: restores layers of an earlier build: those with the types launch and cache, with their
# metadata but without their types.
lifecycle::restore() {
	local earlier="$1/layers/dyno-swarm_swarm" metadata name
	for metadata in "${earlier}"/*.toml; do
		name=$(basename "${metadata}" .toml)
		if ! lifecycle::layer_is cache "${metadata}" || ! lifecycle::layer_is launch "${metadata}"; then continue; fi
		cp -R "${earlier}/${name}" "${layers}/${name}"
		awk '/^\[/ { types = $0 == "[types]" } !types' "${metadata}" >"${layers}/${name}.toml"
	done
}

# lifecycle::layer_is TYPE METADATA
lifecycle::layer_is() {
	awk -v type="$1" '/^\[/ { types = $0 == "[types]" } types && $1 == type && $3 == "true" { is = 1 } END { exit !is }' "$2"
}

# Reduces everything to the image: the application and the layers of type launch, in place.
lifecycle::export() {
	local metadata
	for metadata in "${root}"/layers/*/*.toml; do
		if [[ "${metadata}" != */launch.toml ]] && ! lifecycle::layer_is launch "${metadata}"; then rm -rf "${metadata%.toml}"; fi
	done
	rm -rf "${platform}" "${root}/tmp"
}

# lifecycle::launch COMMAND…: runs a command in the environment of a process.
lifecycle::launch() (
	local environment
	# shellcheck disable=SC2312 # without an environment no command is found
	mapfile -d '' environment < <(lifecycle::environment "${node_layers}" "${layers}")
	cd "${build}" || return
	exec env --ignore-environment HOME="${build}" "${environment[@]}" "$@"
)

# lifecycle::environment GROUP…: prints the environment of the run image as modified by the layers of all buildpacks, in
# order. A NUL ends each variable.
lifecycle::environment() {
	local -A variables=([PATH]=/usr/local/bin:/usr/bin:/bin)
	local group metadata layer name
	for group in "$@"; do
		for metadata in "${group}"/*.toml; do
			layer=${metadata%.toml}
			if [[ ! -d "${layer}" ]] || ! lifecycle::layer_is launch "${metadata}"; then continue; fi
			if [[ -d "${layer}/bin" ]]; then variables[PATH]=${layer}/bin:${variables[PATH]}; fi
			if [[ -d "${layer}/lib" ]]; then
				variables[LD_LIBRARY_PATH]=${layer}/lib${variables[LD_LIBRARY_PATH]:+:${variables[LD_LIBRARY_PATH]}}
			fi
			lifecycle::modify "${layer}/env"
			lifecycle::modify "${layer}/env.launch"
			lifecycle::modify "${layer}/env.launch/worker"
		done
	done
	for name in "${!variables[@]}"; do printf '%s=%s\0' "${name}" "${variables[${name}]}"; done
}

# lifecycle::modify DIRECTORY: changes variables. Each file is named after a variable, and its suffix says how to change
# it.
lifecycle::modify() {
	local file name value delimiter
	for file in "$1"/*; do
		if [[ ! -f "${file}" ]]; then continue; fi
		name=$(basename "${file}")
		value=$(<"${file}")
		delimiter=
		if [[ -f "$1/${name%.*}.delim" ]]; then delimiter=$(<"$1/${name%.*}.delim"); fi
		case ${name} in
			*.append) variables[${name%.*}]=${variables[${name%.*}]:+${variables[${name%.*}]}${delimiter}}${value} ;;
			*.prepend) variables[${name%.*}]=${value}${variables[${name%.*}]:+${delimiter}${variables[${name%.*}]}} ;;
			*.default) variables[${name%.*}]=${variables[${name%.*}]:-${value}} ;;
			*.delim) ;;
			*) variables[${name%.override}]=${value} ;;
		esac
	done
}
