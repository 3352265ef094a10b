# shellcheck shell=bash
# The file system of a dyno: this machine's programs, a copy of the application in /app, and the kernel's files as on
# Heroku.
set -euo pipefail
source ./cgroups.sh
source ./processors.sh

# filesystem::make PLACE ROOT: PLACE is an empty directory. ROOT, below it, becomes / of the dyno. Call it in a new
# mount namespace.
filesystem::make() {
	local place=$1 root=$2
	mount -t tmpfs -o mode=755 tmpfs "${place}"
	mkdir "${root}"
	filesystem::overlay / "${place}/system" "${root}"
	filesystem::kernel "${root}"
	filesystem::user "${root}"
	mkdir -p "${root}/app"
	filesystem::app "${place}" "${root}/app"
	filesystem::share "${root}"
	# Without this, only directories such as /var/tmp would be writable for the user of the dyno.
	mount -o remount,bind,ro "${root}"
}

# filesystem::overlay LOWER CHANGES TARGET: TARGET shows LOWER, and keeps changes in CHANGES.
filesystem::overlay() {
	mkdir -p "$2/upper" "$2/work"
	mount -t overlay -o "metacopy=on,lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$3"
}

filesystem::kernel() {
	local root=$1
	mount --rbind /dev "${root}/dev"
	mount --make-rslave "${root}/dev"
	mount -t tmpfs -o mode=1777 tmpfs "${root}/dev/shm"
	mount -t tmpfs -o mode=1777 tmpfs "${root}/tmp"
	mount -t proc proc "${root}/proc"
	# A new sysfs does not have the cgroup mounts of this machine.
	mount -t sysfs -o ro sysfs "${root}/sys"
	cgroups::show "${root}/sys/fs/cgroup"
	processors::show "${PLACE:?}/processors" "${root}"
}

filesystem::user() {
	local root=$1
	printf 'u%d:x:%d:%d::/app:/bin/bash\n' "${DYNO_UID:?}" "${DYNO_UID:?}" "${DYNO_UID:?}" >>"${root}/etc/passwd"
	printf 'dyno:x:%d:\n' "${DYNO_UID:?}" >>"${root}/etc/group"
}

# The application, owned by the dyno's user. Unless it is a finished slug, Node and swarm are added where heroku/nodejs
# and npm put them.
filesystem::app() {
	local place=$1 app=$2
	filesystem::overlay "${APP:?}" "${place}/app" "${app}"
	chown --recursive --no-dereference "${DYNO_UID:?}:${DYNO_UID:?}" "${app}"

	if [[ -z "${NODE?}" ]]; then return; fi
	mkdir -p "${app}/.heroku/node/bin" "${app}/node_modules/.bin"
	touch "${app}/.heroku/node/bin/node"
	mount --bind "${NODE}" "${app}/.heroku/node/bin/node"
	rm -rf "${app}/node_modules/dyno-swarm"
	mkdir "${app}/node_modules/dyno-swarm"
	mount --bind "${SWARM:?}" "${app}/node_modules/dyno-swarm"
	ln --force --symbolic ../dyno-swarm/bin/swarm "${app}/node_modules/.bin/swarm"
}

# Directories of this machine, at the same path. The dyno can write to them if its user can.
filesystem::share() {
	local root=$1 directory directories
	IFS=: read -r -a directories <<<"${SHARED?}"
	for directory in "${directories[@]}"; do
		mkdir -p "${root}${directory}"
		mount --bind "${directory}" "${root}${directory}"
	done
}
