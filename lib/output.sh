# shellcheck shell=bash
# What a build prints, in the style of Heroku's own buildpacks.
set -euo pipefail

output::step() {
	printf -- '-----> %s\n' "$1"
}

# Text of several lines is indented as a whole; so are the two below.
output::detail() {
	output::prefix '       ' "$1"
}

# Warnings and errors go to stderr: stdout of bin/detect is the name of the buildpack.
output::warning() {
	output::prefix ' !     ' "Warning: $1" >&2
}

output::error() {
	output::prefix ' !     ' "Error: $1" >&2
}

output::prefix() {
	printf '%s%s\n' "$1" "${2//$'\n'/$'\n'"$1"}"
}
