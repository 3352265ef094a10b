# shellcheck shell=bash
# The application that is being built.
set -euo pipefail

app::is_node() {
	[[ -f "$1/package.json" ]]
}
