# shellcheck shell=bash
# The Cloud Native Buildpack API (Fir).
set -euo pipefail

# Whether bin/detect runs under this API, which expects a build plan. The classic one (Cedar) does not set the variable.
cnb::detecting() {
	[[ -n "${CNB_BUILD_PLAN_PATH:-}" ]]
}

# Requires only `node`, which heroku/nodejs provides: the whole build fails if no buildpack provides a requirement.
cnb::require() {
	printf '[[requires]]\nname = "%s"\n' "$1" >>"${CNB_BUILD_PLAN_PATH}"
}

# cnb::has_layer LAYER KEY: whether the lifecycle has restored the layer, built for the same key.
cnb::has_layer() {
	[[ -d "$1/bin" ]] && grep --quiet --fixed-strings --line-regexp "key = \"$2\"" "$1.toml" 2>/dev/null
}

# cnb::write_layer LAYER KEY LAUNCHER: moves the launcher into the layer, unless it is already there. The lifecycle
# restores the metadata of a layer but not its types, so every build writes them.
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

# cnb::write_worker LAYERS APP: writes the default process type, if there is one. A JSON string is also a TOML string.
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
