# shellcheck shell=bash
# The application that is being built.
set -euo pipefail

app::is_node() {
	[[ -f "$1/package.json" ]]
}

# Whether it has swarm among its own dependencies, and not by the link below, which leads to `$2`.
app::has_swarm() {
	local package=$1/node_modules/dyno-swarm target=
	if [[ -L "${package}" ]]; then target=$(readlink "${package}"); fi
	[[ "${target}" != "$2" && -f "${package}/bin/swarm" ]]
}

# Lets its modules import dyno-swarm: Node finds packages in node_modules alone.
app::link_swarm() {
	if [[ -f "$1/.pnp.cjs" ]]; then
		output::warning "This application keeps its packages where only Yarn finds them (Plug'n'Play), and swarm does not.
Write \"nodeLinker: node-modules\" in .yarnrc.yml."
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

# Prints the command of its default worker, as JSON, where that is certain: there is no Procfile, which would say, and the
# script of that name in package.json runs a swarm.
app::default_worker() {
	local script facts
	if [[ -e "$1/Procfile" ]]; then return; fi
	script=$(app::script "$1" worker)
	facts=$(command::swarms "${script}") || return 0
	if [[ -n "${facts}" ]]; then node --print 'JSON.stringify(process.argv[1])' "${script}"; fi
}
