# shellcheck shell=bash
# The launcher: swarm itself, built from this repository, with only what it needs at run time.
set -euo pipefail

# The sources of the launcher. The same files and the same Node produce the same launcher.
readonly LAUNCHER_SOURCES=(package.json package-lock.json tsconfig.json LICENSE bin/swarm bin/descriptors.js
	bin/invocation.js bin/preloads.js bin/package.json src lib/launcher.sh)

# launcher::key BUILDPACK NODE SYSTEM: prints the cache key of the launcher that would be built here.
launcher::key() {
	local compiler=none architecture
	architecture=$(uname -m)
	if launcher::has_compiler; then compiler=cc; fi
	{
		printf '%s\n' "$2" "$3" "${architecture}" "${compiler}"
		cd "$1"
		find "${LAUNCHER_SOURCES[@]}" -type f -print0 | LC_ALL=C sort --zero-terminated | xargs -0 sha256sum
	} | sha256sum | cut --characters=1-16
}

launcher::has_compiler() {
	command -v cc >/dev/null && command -v make >/dev/null
}

# launcher::build BUILDPACK WORKSPACE TARGET
launcher::build() {
	local buildpack=$1 sources=$2/sources log=$2/log.txt target=$3 source
	mkdir -p "${sources}/bin" "${sources}/lib"
	for source in "${LAUNCHER_SOURCES[@]}"; do cp -R "${buildpack}/${source}" "${sources}/${source}"; done
	output::detail 'Installing the packages that its lockfile pins'
	launcher::attempt npm-failed 'npm could not install the packages of swarm. If the registry failed temporarily, deploy again.' \
		launcher::npm ci --include=dev
	output::detail 'Compiling'
	launcher::attempt compile-failed 'swarm could not be compiled.' launcher::compile
	launcher::build_addon
	launcher::attempt npm-failed 'npm could not remove the build dependencies of swarm.' launcher::npm prune --omit=dev
	launcher::collect
}

# launcher::attempt FAILURE SENTENCE COMMAND…: runs a command. If it fails, prints its output and fails the build.
launcher::attempt() {
	local failure=$1 sentence=$2 words
	shift 2
	if "$@" >"${log}" 2>&1; then return; fi
	words=$(tail -n 20 "${log}")
	failure::exit "${failure}" "${sentence}

${words}"
}

# Runs no scripts of the packages.
launcher::npm() (
	cd "${sources}" || return
	environment::run npm "$@" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
)

launcher::compile() {
	"${sources}/src/compile.sh"
}

# swarm also works without the addon, but then it spawns its workers, which share no memory.
launcher::build_addon() {
	local words
	if ! launcher::has_compiler; then
		output::warning 'There is no C compiler (cc and make), so the addon that forks workers was not built.
Workers will be spawned instead, and will share no memory.'
	elif ! "${sources}/src/native/build.sh" >"${log}" 2>&1; then
		rm -rf "${sources}/dist/native/"*.node
		words=$(tail -n 20 "${log}")
		output::warning "The addon that forks workers could not be compiled. Workers will be spawned instead, and will share no memory:

${words}"
	fi
}

# Removes files that are not read at run time: half of what npm installs.
launcher::collect() {
	find "${sources}/node_modules" -type f \( -name '*.md' -o -name '*.d.ts' -o -name '*.d.[cm]ts' -o -name '*.map' \) -delete
	find "${sources}/node_modules" -type d \( -name test -o -name tests -o -name docs -o -name doc -o -name examples -o \
		-name example -o -name benchmarks -o -name .github \) -prune -exec rm -rf {} +
	mkdir "${target}"
	mv "${sources}"/{bin,dist,node_modules,package.json,LICENSE} "${target}"
}

# launcher::announce PACKAGE DESCRIPTION
launcher::announce() {
	local version
	# shellcheck disable=SC2016 # that is JavaScript
	version=$(node --print 'JSON.parse(require("fs").readFileSync(process.argv[1])).version' "$1/package.json")
	output::step "Installing swarm ${version}, $2"
	report::set swarm_version "\"${version}\""
}

launcher::describe() {
	local size addon=true how='with the addon that forks workers'
	size=$(du --summarize --bytes "$1" | awk '{ printf "%.1f MB\n", $1 / 1048576 }')
	if ! compgen -G "$1/dist/native/*.node" >/dev/null; then addon=false how='without the addon that forks workers'; fi
	output::detail "${size}, ${how}"
	report::set addon "${addon}"
}

# launcher::refer PACKAGE TARGET: creates a launcher that is only a link for the PATH to the `swarm` of another package.
launcher::refer() {
	mkdir -p "$2/bin"
	ln -s "$1/bin/swarm" "$2/bin/swarm"
}
