# shellcheck shell=bash
# The Cloud Native Buildpack API (Fir).
set -euo pipefail

# Only this API asks bin/detect for a build plan; the classic one (Cedar) passes the application as an argument.
cnb::detecting() {
	[[ -n "${CNB_BUILD_PLAN_PATH:-}" ]]
}

# A requirement that no buildpack provides fails the whole build. heroku/nodejs provides `node`, which is all that swarm
# needs.
cnb::require() {
	printf '[[requires]]\nname = "%s"\n' "$1" >>"${CNB_BUILD_PLAN_PATH}"
}

# cnb::has_layer LAYER KEY: whether the lifecycle has restored it as it was built for the same key.
cnb::has_layer() {
	[[ -d "$1/bin" ]] && grep --quiet --fixed-strings --line-regexp "key = \"$2\"" "$1.toml" 2>/dev/null
}

# cnb::write_layer LAYER KEY LAUNCHER: puts it in place, unless it is there. The lifecycle restores the metadata of a layer,
# but not what it is for, which is said anew in each build.
cnb::write_layer() {
	if [[ "$3" != "$1" ]]; then
		rm -rf "$1"
		mv "$3" "$1"
	fi
	cat >"$1.toml" <<-END
		[types]
		launch = true
		build = true
		cache = true

		[metadata]
		key = "$2"
	END
}

# cnb::write_worker LAYERS APP: its default process type, if it has one. A string in JSON is one in TOML, too.
cnb::write_worker() {
	local worker
	worker=$(app::default_worker "$2")
	if [[ -z "${worker}" ]]; then return; fi
	cat >"$1/launch.toml" <<-END
		[[processes]]
		type = "worker"
		command = ["bash", "-c", ${worker}]
	END
}
