#!/bin/bash
# The first shell of a dyno on Cedar. It sources the profile files of buildpacks and of the application. They are not
# written for strict mode, so this script does not use it.
#
#   bash -c "$(<boot.sh)" bash COMMAND

for file in .profile.d/*.sh .profile; do
	# shellcheck disable=SC1090 # files of the application
	if [[ -r "${file}" ]]; then source "${file}"; fi
done
# A shell that runs one simple command becomes that command. One that runs several stays their parent.
exec bash -c "$1"
