# shellcheck shell=sh
# chroot.sh - minimal Debian systems to build and test in; sourced after
# common.sh by what makes them

# PostgreSQL 13, 15, 17, 18, and the one to come; 15 on 32 bits
# shellcheck disable=SC2034 # whoever sources this has it
all_suites='bullseye bookworm trixie forky experimental i386'

# Sets mirror to where the machine's own apt gets Debian from.
prepare_suites() {
	[ "$(id -u)" = 0 ] || die "needs root, to make and enter systems of other Debian suites"
	install_packages mmdebstrap arch-test
	find_mirror
	[ -n "$mirror" ] || apt-get -q update >/dev/null
	find_mirror
	[ -n "$mirror" ] || die "apt has no source of Debian's own packages"
}

find_mirror() {
	mirror=$(apt-get indextargets --format "\$(REPO_URI)" \
		'Origin: Debian' 'Label: Debian' 'Created-By: Packages' | head -n 1)
}

# in_suite SUITE FOLDER: makes a minimal system of a Debian suite, with a copy
# of FOLDER at /kpi, runs /kpi/run there as root, and brings /kpi/out back into
# FOLDER. Nothing of the system is left, however it ends. FOLDER/log has what
# was said. "experimental" is sid with experimental's packages to be had, "i386"
# is bookworm for that architecture; with_older, if it is set, gives trixie the
# packages of bookworm that it has not itself.
in_suite() {
	suite=$1 folder=$2 architecture=
	if [ "$suite" = i386 ]; then
		suite=bookworm
		architecture=i386
	fi
	set -- "deb $mirror $suite main"
	if [ "$suite" = experimental ]; then
		set -- "$@" "deb $mirror sid main"
		suite=sid
	elif [ "$suite" = trixie ] && [ -n "${with_older:-}" ]; then
		set -- "$@" "deb $mirror bookworm main"
	fi
	mkdir "$folder/out"
	# An index past its date will do: its signature is checked all the same.
	# The commands are a session of their own, to be stopped as one. What they
	# mount is for them alone, so that no mount is left if they are killed, and
	# to remove the folder that has theirs reaches nothing else.
	# shellcheck disable=SC2016
	in_group "$folder" env TMPDIR="$(dirname "$folder")" unshare --mount mmdebstrap --quiet --variant=apt --format=null \
		${architecture:+"--architectures=$architecture"} \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--aptopt='Acquire::Retries "5"' \
		--dpkgopt=force-unsafe-io \
		--customize-hook='
			printf "path-exclude=/usr/share/%s/*\n" man locale >"$1/etc/dpkg/dpkg.cfg.d/light"
			mkdir -p "$1/etc/postgresql-common"
			echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"
			cp -r "'"$folder"'" "$1/kpi"
			chroot "$1" env -u APT_CONFIG -u PG_CONFIG HOME=/root TMPDIR=/tmp \
				PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C \
				sh -eu /kpi/run
			status=$?
			cp -r "$1/kpi/out" "'"$folder"'"
			exit $status' \
		"$suite" /dev/null "$@" >"$folder/log" 2>&1 </dev/null
}
