# shellcheck shell=bash
# The Cloud Native Buildpack API (Fir).
set -euo pipefail

# Only this API asks bin/detect for a build plan; the classic one (Cedar) passes the application as an argument.
cnb::detecting() {
	[[ -n "${CNB_BUILD_PLAN_PATH:-}" ]]
}

# A requirement nobody provides fails the whole build: of what swarm needs, heroku/nodejs provides `node`.
cnb::require() {
	printf '[[requires]]\nname = "%s"\n' "$1" >>"${CNB_BUILD_PLAN_PATH}"
}
