# shellcheck shell=bash
# The application that is built, in $build.
# shellcheck disable=SC2154 # whoever loads this sets it

# app::file PATH TEXT
app::file() {
	mkdir -p "$(dirname "${build}/$1")"
	printf '%s\n' "$2" >"${build}/$1"
}

# app::package NAME: as npm has installed it.
app::package() {
	app::file "node_modules/$1/package.json" "{ \"name\": \"$1\", \"version\": \"1.0.0\", \"main\": \"index.js\" }"
	app::file "node_modules/$1/index.js" 'module.exports = 1;'
}
