#!/bin/sh
# Packages for one guest: finds, downloads and unpacks them; installs nothing for the guest.
#
#   packages.sh host          host tools: installed when root and missing, else named
#   packages.sh guest FLAVOUR kernel, headers and userspace of FLAVOUR into $WORK/sys/FLAVOUR
#   packages.sh debug FLAVOUR vmlinux and module debug files from the -dbg package (large)
#
# FLAVOUR is the end of a Debian linux-image name (cloud-amd64, amd64, 686, arm64), or another
# release's: 5.10-cloud-amd64, 6.12-cloud-amd64.
# apt runs with lists, cache and architecture of its own under $WORK/apt, so that a foreign
# architecture needs no dpkg --add-architecture and no root, and another release no line in
# sources.list. MIRROR is where another release is taken from.
set -eu

WORK=${WORK:?the work folder}
MIRROR=${MIRROR:-http://deb.debian.org}
log() { echo "e2e: $*" >&2; }
die() { echo "e2e: error: $*" >&2; exit 1; }

# A source is what packages of a flavour come from: ARCH, or ARCH:RELEASE.
flavour_source() {
	case $1 in
	5.10-cloud-amd64) echo amd64:bullseye ;;
	6.12-cloud-amd64) echo amd64:bookworm-backports ;;
	cloud-amd64 | amd64) echo amd64 ;;
	686) echo i386 ;;
	arm64) echo arm64 ;;
	*) die "unknown flavour $1" ;;
	esac
}

# private_apt SOURCE TOOL ARGS...: apt with state of its own.
private_apt() {
	apt_source=$1 apt_arch=${1%%:*} tool=$2
	shift 2
	root=$WORK/apt/$apt_source
	mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial"
	: >>"$root/status"
	case $apt_source in
	*:bullseye)
		echo "deb $MIRROR/debian bullseye main"
		echo "deb $MIRROR/debian-security bullseye-security main"
		;;
	*:*) echo "deb $MIRROR/debian ${apt_source#*:} main" ;;
	esac >"$root/sources.list"
	if [ -s "$root/sources.list" ]; then
		set -- -o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts=/dev/null "$@"
	fi
	"$tool" -q -o Dir::State="$root/state" -o Dir::State::status="$root/status" \
		-o Dir::Cache="$root/cache" -o APT::Architecture="$apt_arch" \
		-o APT::Architectures::="$apt_arch" -o APT::Sandbox::User=root \
		-o Acquire::Retries=3 -o Acquire::Languages=none \
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}

# fresh_lists SOURCE: the lists are fetched once a day; a stale list names packages that are gone.
fresh_lists() {
	stamp=$WORK/apt/$1/updated
	[ -z "$(find "$stamp" -mmin -1440 2>/dev/null)" ] || return 0
	log "apt lists for $1"
	if private_apt "$1" apt-get update >"$WORK/apt.log" 2>&1; then
		touch "$stamp"
	else
		# Often one index of many (a mirror that is being synchronised): what is there may do.
		grep '^E: Failed' "$WORK/apt.log" >&2 || true
		log "some apt lists of $1 are missing; going on with the others"
	fi
}

# newest PATTERN: the newest of the files that match, or nothing.
newest() {
	# shellcheck disable=SC2086,SC2012 # a pattern; names are Debian's
	ls -t $1 2>/dev/null | head -1
}

# fetch SOURCE PACKAGE: prints the path of the .deb, downloaded if it is not there yet.
fetch() {
	debs=$WORK/debs/$1
	mkdir -p "$debs"
	if [ -z "$(newest "$debs/${2}_*.deb")" ]; then
		(cd "$debs" && private_apt "$1" apt-get download "$2" >"$WORK/apt.log" 2>&1) ||
			{ tail -5 "$WORK/apt.log" >&2; die "cannot download $2 ($1)"; }
	fi
	newest "$debs/${2}_*.deb"
}

# unpack SOURCE DIR PACKAGE...: downloads what is missing and unpacks it into DIR.
unpack() {
	from=$1 dir=$2
	shift 2
	mkdir -p "$dir"
	for p in "$@"; do
		[ ! -e "$dir/.$p" ] || continue
		deb=$(fetch "$from" "$p")
		dpkg-deb -x "$deb" "$dir"
		touch "$dir/.$p"
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

# release FLAVOUR: the kernel release that the meta package names today; kept in the work folder,
# so that a run does not change its kernel until the folder is cleaned.
release() {
	file=$WORK/sys/$1/release
	if [ ! -s "$file" ]; then
		source=$(flavour_source "$1")
		fresh_lists "$source"
		mkdir -p "${file%/*}"
		private_apt "$source" apt-cache depends "linux-image-${1#[0-9].*[0-9]-}" |
			sed -n 's/.*Depends: linux-image-\([0-9].*\)/\1/p' | head -1 >"$file"
	fi
	[ -s "$file" ] || die "no linux-image for $1 in the apt sources"
	cat "$file"
}

guest() {
	flavour=$1
	sys=$WORK/sys/$flavour
	[ ! -e "$sys/complete" ] || return 0
	source=$(flavour_source "$flavour")
	arch=${source%%:*}
	rel=$(release "$flavour")
	# The programs of kbuild run here, whatever the guest is.
	case $source in
	*:*) build_source=amd64:${source#*:} ;;
	*) build_source=amd64 ;;
	esac
	for s in "$source" "$build_source" "$arch"; do
		fresh_lists "$s"
	done
	log "packages for $flavour ($rel)"
	needs=$(private_apt "$source" apt-cache depends "linux-headers-$rel")
	common=$(echo "$needs" | sed -n 's/.*Depends: \(linux-headers-.*-common[^ ]*\).*/\1/p' | head -1)
	kbuild=$(echo "$needs" | sed -n 's/.*Depends: \(linux-kbuild-[^ ]*\).*/\1/p' | head -1)
	unpack "$source" "$sys/kernel" "linux-image-$rel"
	unpack "$source" "$sys/headers" "linux-headers-$rel" "$common"
	unpack "$build_source" "$sys/headers" "${kbuild%%:*}"
	unpack "$arch" "$sys/user" busybox-static iptables libc6 libxtables12 libip4tc2 libip6tc2 libgcc-s1
	# The tree's Makefile includes the common part by absolute path.
	sed -i "s,\([ =]\)/usr/src/,\1$sys/headers/usr/src/,g" "$sys/headers/usr/src/linux-headers-$rel/Makefile"
	log "depmod for $flavour"
	PATH=$PATH:/sbin:/usr/sbin depmod -b "$sys/kernel" "$rel"
	touch "$sys/complete"
}

debug() {
	flavour=$1
	source=$(flavour_source "$flavour")
	rel=$(release "$flavour")
	dir=$WORK/debug/$flavour
	[ ! -e "$dir/complete" ] || return 0
	fresh_lists "$source"
	log "debug package of $rel (hundreds of megabytes)"
	mkdir -p "$dir"
	deb=$(fetch "$source" "linux-image-$rel-dbg")
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
