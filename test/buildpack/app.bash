# shellcheck shell=bash
# The application to build, in $build.
# shellcheck disable=SC2154 # the test that loads this file sets it

# app::file PATH TEXT
app::file() {
	mkdir -p "$(dirname "${build}/$1")"
	printf '%s\n' "$2" >"${build}/$1"
}

# app::package NAME: adds a package as npm installs it.
app::package() {
	app::file "node_modules/$1/package.json" "{ \"name\": \"$1\", \"version\": \"1.0.0\", \"main\": \"index.js\" }"
	app::file "node_modules/$1/index.js" 'module.exports = 1;'
}
