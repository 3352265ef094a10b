#!/bin/bash
# What the first shell of a dyno on Cedar does. It sources what buildpacks and the application have left for it, and so has no strict
# mode: they were not written for one.
#
#   bash -c "$(<boot.sh)" bash COMMAND

for file in .profile.d/*.sh .profile; do
	# shellcheck disable=SC1090 # the application's
	if [[ -r "${file}" ]]; then source "${file}"; fi
done
# A shell that runs one simple command becomes that command, and one that runs several stays in front of them.
exec bash -c "$1"
