#!/bin/sh
# Packages for one guest: finds, downloads and unpacks them; installs nothing for the guest.
#
#   packages.sh host          host tools: installed when root and missing, else named
#   packages.sh guest FLAVOUR kernel, headers and userspace of FLAVOUR into $WORK/sys/FLAVOUR
#   packages.sh debug FLAVOUR vmlinux and module debug files from the -dbg package (large)
#
# FLAVOUR is one of cloud-amd64, amd64, 686, arm64: the end of a Debian linux-image name.
# apt runs with lists, cache and architecture of its own under $WORK/apt, so that a foreign
# architecture needs no dpkg --add-architecture and no root.
set -eu

WORK=${WORK:?the work folder}
log() { echo "e2e: $*" >&2; }
die() { echo "e2e: error: $*" >&2; exit 1; }

flavour_arch() {
	case $1 in
	cloud-amd64 | amd64) echo amd64 ;;
	686) echo i386 ;;
	arm64) echo arm64 ;;
	*) die "unknown flavour $1" ;;
	esac
}

# private_apt ARCH TOOL ARGS...: apt with state of its own.
private_apt() {
	arch=$1 tool=$2
	shift 2
	root=$WORK/apt/$arch
	mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial"
	: >>"$root/status"
	"$tool" -q -o Dir::State="$root/state" -o Dir::State::status="$root/status" \
		-o Dir::Cache="$root/cache" -o APT::Architecture="$arch" \
		-o APT::Architectures::="$arch" -o APT::Sandbox::User=root \
		-o Acquire::Retries=3 -o Acquire::Languages=none \
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}

# fresh_lists ARCH: the lists are fetched once a day; a stale list names packages that are gone.
fresh_lists() {
	stamp=$WORK/apt/$1/updated
	[ -z "$(find "$stamp" -mmin -1440 2>/dev/null)" ] || return 0
	log "apt lists for $1"
	if private_apt "$1" apt-get update >"$WORK/apt-$1.log" 2>&1; then
		touch "$stamp"
	else
		# Often one index of many (a mirror that is being synchronised): what is there may do.
		grep '^E: Failed' "$WORK/apt-$1.log" >&2 || true
		log "some apt lists of $1 are missing; going on with the others"
	fi
}

# unpack ARCH DIR PACKAGE...: downloads what is missing and unpacks it into DIR.
unpack() {
	arch=$1 dir=$2
	shift 2
	mkdir -p "$WORK/debs/$arch" "$dir"
	for p in "$@"; do
		mark=$dir/.$p
		[ ! -e "$mark" ] || continue
		deb=$(ls -t "$WORK/debs/$arch/${p}"_*.deb 2>/dev/null | head -1)
		if [ -z "$deb" ]; then
			(cd "$WORK/debs/$arch" && private_apt "$arch" apt-get download "$p" >"$WORK/apt-$arch.log" 2>&1) ||
				{ tail -5 "$WORK/apt-$arch.log" >&2; die "cannot download $p ($arch)"; }
			deb=$(ls -t "$WORK/debs/$arch/${p}"_*.deb | head -1)
		fi
		# Only lib/modules and boot are wanted from a kernel; docs are small enough to stay.
		dpkg-deb -x "$deb" "$dir"
		touch "$mark"
	done
}

host() {
	want="cpio:cpio depmod:kmod gcc:gcc make:make objdump:binutils patch:patch xz:xz-utils pahole:pahole
		qemu-system-x86_64:qemu-system-x86"
	case " ${FLAVOURS:-cloud-amd64} " in
	*" arm64 "*) want="$want qemu-system-aarch64:qemu-system-arm aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu" ;;
	esac
	missing=
	for w in $want; do
		command -v "${w%%:*}" >/dev/null || [ -x "/sbin/${w%%:*}" ] || missing="$missing ${w#*:}"
	done
	# qemu comes with its firmware only as a recommendation.
	for f in seabios:/usr/share/seabios/bios-256k.bin; do
		[ -e "${f#*:}" ] || missing="$missing ${f%%:*}"
	done
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "missing packages, as root: apt-get install --no-install-recommends$missing"
	log "installing$missing"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # a list of words
	apt-get install -qq --no-install-recommends -y $missing >"$WORK/apt-host.log" 2>&1 || {
		apt-get update -qq >>"$WORK/apt-host.log" 2>&1 &&
			apt-get install -qq --no-install-recommends -y $missing >>"$WORK/apt-host.log" 2>&1
	} || { tail -20 "$WORK/apt-host.log" >&2; die "cannot install$missing"; }
}

# release FLAVOUR: the kernel release that the meta package names today; kept in the cache so
# that a run does not change its kernel until the work folder is cleaned.
release() {
	release_arch=$(flavour_arch "$1")
	file=$WORK/sys/$1/release
	if [ ! -s "$file" ]; then
		fresh_lists "$release_arch"
		mkdir -p "${file%/*}"
		private_apt "$release_arch" apt-cache depends "linux-image-$1" |
			sed -n 's/.*Depends: linux-image-\([0-9].*\)/\1/p' | head -1 >"$file"
	fi
	[ -s "$file" ] || die "no linux-image-$1 in the apt sources"
	cat "$file"
}

guest() {
	flavour=$1
	guest_arch=$(flavour_arch "$flavour") # sh has no locals: unpack has an arch of its own
	rel=$(release "$flavour")
	sys=$WORK/sys/$flavour
	[ ! -e "$sys/complete" ] || return 0
	fresh_lists "$guest_arch"
	fresh_lists amd64
	log "packages for $flavour ($rel)"
	common=${rel%-"$flavour"}-common
	kbuild=linux-kbuild-$(echo "$rel" | cut -d. -f1-2)
	unpack "$guest_arch" "$sys/kernel" "linux-image-$rel"
	unpack "$guest_arch" "$sys/headers" "linux-headers-$rel" "linux-headers-$common"
	unpack amd64 "$sys/headers" "$kbuild" # programs that run here, whatever the guest is
	unpack "$guest_arch" "$sys/user" busybox-static iptables libc6 libxtables12 libip4tc2 libip6tc2 libgcc-s1
	# The tree's Makefile includes the common part by absolute path.
	sed -i "s,\([ =]\)/usr/src/,\1$sys/headers/usr/src/,g" "$sys/headers/usr/src/linux-headers-$rel/Makefile"
	log "depmod for $flavour"
	PATH=$PATH:/sbin:/usr/sbin depmod -b "$sys/kernel" "$rel"
	touch "$sys/complete"
}

debug() {
	flavour=$1
	guest_arch=$(flavour_arch "$flavour")
	rel=$(release "$flavour")
	dir=$WORK/debug/$flavour
	[ ! -e "$dir/complete" ] || return 0
	fresh_lists "$guest_arch"
	log "debug package for $rel (hundreds of megabytes)"
	mkdir -p "$WORK/debs/$guest_arch" "$dir"
	p=linux-image-$rel-dbg
	deb=$(ls -t "$WORK/debs/$guest_arch/${p}"_*.deb 2>/dev/null | head -1)
	[ -n "$deb" ] || (cd "$WORK/debs/$guest_arch" && private_apt "$guest_arch" apt-get download "$p")
	deb=$(ls -t "$WORK/debs/$guest_arch/${p}"_*.deb | head -1)
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir" --wildcards \
		'*/vmlinux*' '*/System.map*' '*/nf_conntrack.ko*' '*/x_tables.ko*' '*/ip_tables.ko*' \
		'*/iptable_filter.ko*' '*/ipt_REJECT.ko*' '*/xt_tcpudp.ko*' '*/nf_defrag_ipv4.ko*' '*/netconsole.ko*'
	touch "$dir/complete"
}

mkdir -p "$WORK"
case ${1:-} in
host) host ;;
release) release "$2" ;;
guest) guest "$2" ;;
debug) debug "$2" ;;
*) die "usage: packages.sh host | release FLAVOUR | guest FLAVOUR | debug FLAVOUR" ;;
esac
