# shellcheck shell=bash
# The application to build.
set -euo pipefail

app::is_node() {
	[[ -f "$1/package.json" ]]
}

# Whether it depends on swarm itself. The link created by app::link_swarm, which points to `$2`, does not count.
app::has_swarm() {
	local package=$1/node_modules/dyno-swarm target=
	if [[ -L "${package}" ]]; then target=$(readlink "${package}"); fi
	[[ "${target}" != "$2" && -f "${package}/bin/swarm" ]]
}

# Lets the application's modules import dyno-swarm, which Node finds only in node_modules.
app::link_swarm() {
	if [[ -f "$1/.pnp.cjs" ]]; then
		output::warning "This application uses Yarn Plug'n'Play, and swarm cannot find its packages.
Set \"nodeLinker: node-modules\" in .yarnrc.yml."
	fi
	mkdir -p "$1/node_modules"
	rm -rf "$1/node_modules/dyno-swarm"
	ln -s "$2" "$1/node_modules/dyno-swarm"
}

# app::script APP NAME: prints a script of package.json, or nothing.
app::script() {
	# shellcheck disable=SC2016 # that is JavaScript
	node --print 'JSON.parse(require("fs").readFileSync(process.argv[1])).scripts?.[process.argv[2]] ?? ""' "$1/package.json" "$2"
}

# Prints the command of the default worker, as JSON, but only if there is no doubt: there is no Procfile, and the script
# "worker" in package.json runs a swarm.
app::default_worker() {
	local script facts
	if [[ -e "$1/Procfile" ]]; then return; fi
	script=$(app::script "$1" worker)
	facts=$(command::swarms "${script}") || return 0
	if [[ -n "${facts}" ]]; then node --print 'JSON.stringify(process.argv[1])' "${script}"; fi
}
