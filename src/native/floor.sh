#!/usr/bin/env bash
# Fails if an addon needs a newer glibc than Node itself does, and names the functions that need it:   floor.sh FILE…
set -euo pipefail

# The glibc version that the binaries of Node 20 to 26 need.
readonly FLOOR=2.28

main() {
	local file symbols newer failed=0
	for file in "$@"; do
		symbols=$(readelf --wide --dyn-syms --version-info "${file}")
		newer=$(floor::newer <<<"${symbols}")
		if [[ -z "${newer}" ]]; then continue; fi
		failed=1
		printf '%s does not run with glibc %s, but Node does. It needs\n%s\n' "${file##*/}" "${FLOOR}" "${newer}" >&2
		printf 'Call the kernel, look the function up with dlsym(), or bind it to an older version in src/native/glibc.h.\n' >&2
	done
	return "${failed}"
}

# Reads readelf's output, and prints each version above the floor with the functions that need it.
floor::newer() {
	awk -v floor="${FLOOR}" '
		# A function: 12: 0000000000000000 0 FUNC GLOBAL DEFAULT UND stat@GLIBC_2.33 (4)
		$7 == "UND" && split($8, name, "@") > 1 { functions[name[length(name)]] = functions[name[length(name)]] " " name[1] }
		# A version: 0x0040: Name: GLIBC_2.33 Flags: none Version: 4
		$2 == "Name:" && $3 ~ /^GLIBC_/ { versions[$3] }
		END {
			split(floor, highest, ".")
			for (version in versions) {
				is_number = split(substr(version, 7), number, ".") >= 2
				if (!is_number || number[1] != highest[1] || number[2] + 0 > highest[2] + 0) print version ":" functions[version]
			}
		}' | sort --version-sort
}

main "$@"
