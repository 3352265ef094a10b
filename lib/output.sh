# shellcheck shell=bash
# Prints the output of a build, in the style of Heroku's buildpacks.
set -euo pipefail

output::step() {
	printf -- '-----> %s\n' "$1"
}

# Indents every line of the text, as do the next two.
output::detail() {
	output::prefix '       ' "$1"
}

# Warnings and errors go to stderr, because bin/detect prints the name of the buildpack to stdout.
output::warning() {
	output::prefix ' !     ' "Warning: $1" >&2
}

output::error() {
	output::prefix ' !     ' "Error: $1" >&2
}

output::prefix() {
	printf '%s%s\n' "$1" "${2//$'\n'/$'\n'"$1"}"
}
