# shellcheck shell=sh
# common.sh - what demo, test and bench share; sourced, not run
#
# A throw-away server lives in one folder: a relocated copy of PostgreSQL's
# tree with kpi installed in it, the cluster, its socket, and its log. Nothing
# outside that folder is touched, but for the Debian packages that are missing.

# the comment at the head of a script is its help
case ${1:-} in
--help | -h)
	sed -n '/^#!/d; /^#/!q; s/^# \{0,1\}//; p' "$0"
	exit 0
	;;
esac

# messages are read, so they are in one language, whatever the user's and
# whether or not the machine has that locale; text stays UTF-8
LC_ALL=C
export LC_ALL

# what a user has set for servers of his own is not for this one
for variable in $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p'); do
	unset "$variable"
done
PGCLIENTENCODING=UTF8
export PGCLIENTENCODING

# the server is another user's where root runs this, and reads what is made here
umask 022

# find_postgres sets it
pg_config=

# what kpi_phone needs, beyond what kpi does
phone_packages='g++ libphonenumber-dev'

# The folder of the project, whatever the caller's folder is.
source_dir=$(cd "$(dirname "$0")/.." && pwd)

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$(basename "$0"): $*"
	exit 1
}

# A word as a shell reads it, where a person is to type it.
quoted() {
	case $1 in
	*[!A-Za-z0-9_./+:=@%-]* | '')
		printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
		;;
	*) printf '%s' "$1" ;;
	esac
}

# make_work NAME MB: makes a folder of its own in TMPDIR, in which a server can
# live and that has room for it, and sets work. The caller removes it.
make_work() {
	above=$(cd -- "${TMPDIR:-/tmp}" 2>/dev/null && pwd -P) ||
		die "TMPDIR is $TMPDIR, which is no folder that can be entered"
	other='set TMPDIR to another folder'
	# a socket's path has 107 bytes, a host with a comma is several, and make
	# passes the folder to a shell
	[ "${#above}" -le $((89 - ${#1} - 8)) ] || die "$above is too long a path for a server's socket: $other"
	case $above in
	*[!A-Za-z0-9\ ._/+:=@%~-]*) die "$above has characters that make, or a server, reads in another way: $other" ;;
	esac
	work=$(mktemp -d "$above/$1.XXXXXX" 2>/dev/null) || die "cannot make a folder in $above: $other"
	room=$(df -Pk "$work" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "${room:-$2}" -ge "$2" ] || die "$above has $room MB left, and this takes $2: $other"
	{ printf '#!/bin/sh\n' >"$work/try" && chmod 755 "$work/try"; } || die "cannot write to $work: $other"
	"$work/try" 2>/dev/null || die "no program can be run in $above, which is mounted noexec: $other"
	rm "$work/try"
}

# Runs a command as root, for installing packages only.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "'$*' needs root: run it as root, or install sudo"
	fi
}

# Is there a server with its headers? Sets pg_config: the one that the
# environment names, or the newest.
find_postgres() {
	if [ -n "${PG_CONFIG:-}" ]; then
		pg_config=$(command -v "$PG_CONFIG") ||
			die "PG_CONFIG is $PG_CONFIG, which is not there"
	else
		for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -V); do
			has_server "$candidate" && pg_config=$candidate
		done
		if [ -z "$pg_config" ] && has_server pg_config; then
			pg_config=$(command -v pg_config)
		fi
	fi
	[ -n "$pg_config" ] && has_server "$pg_config"
}

has_server() {
	command -v "$1" >/dev/null &&
		[ -f "$("$1" --pgxs)" ] &&
		[ -f "$("$1" --includedir-server)/postgres.h" ] &&
		[ -x "$("$1" --bindir)/postgres" ]
}

# Installs the Debian packages among the arguments that are not there yet.
install_packages() {
	missing=
	for package; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		*' installed') ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0

	command -v apt-get >/dev/null ||
		die "needs these packages, and this is not Debian:$missing"
	log=$(mktemp)
	# once will do; and a source of packages that does not answer, which takes
	# its time, need not be the one that has them
	[ -n "${apt_updated:-}" ] || as_root apt-get -q -o Acquire::Retries=3 update >"$log" 2>&1 || true
	apt_updated=yes
	if ! (
		trap 'trap "" HUP INT TERM; restore_main_cluster' EXIT
		trap 'exit 1' HUP INT TERM
		install_missing
	); then
		tail -n 20 "$log" >&2
		rm -f "$log"
		die "could not install:$missing"
	fi
	rm -f "$log"
}

# What install_packages does with what is missing.
install_missing() {
	# shellcheck disable=SC2086
	set -- $missing
	all=$(apt-get -s -q install --no-install-recommends "$@" 2>/dev/null | grep -c '^Inst ')
	if [ "$all" -gt $(($# + 50)) ]; then
		say "installing: $* (which take $((all - $#)) other packages)"
	else
		say "installing: $*"
	fi
	forbid_main_cluster &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=5 \
			-o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" >>"$log" 2>&1
}

# A server's package makes a cluster of the machine's own unless it is told not
# to, which it is for the time of the installation.
cluster_conf=/etc/postgresql-common/createcluster.conf
cluster_part=/etc/postgresql-common/createcluster.d/kpi.conf
no_cluster='create_main_cluster = false'

forbid_main_cluster() {
	as_root mkdir -p "$(dirname "$cluster_part")"
	echo "$no_cluster" | as_root tee "$cluster_part" >/dev/null
	# the folder is read where the file says so, as the package's own does
	if [ -e "$cluster_conf" ] && ! grep -q '^ *include_dir.*createcluster\.d' "$cluster_conf"; then
		echo "$no_cluster # kpi" | as_root tee -a "$cluster_conf" >/dev/null
	fi
}

restore_main_cluster() {
	[ ! -e "$cluster_part" ] || as_root rm -f "$cluster_part"
	rmdir -p "$(dirname "$cluster_part")" 2>/dev/null || true
	if grep -qx "$no_cluster # kpi" "$cluster_conf" 2>/dev/null; then
		as_root sed -i "/^$no_cluster # kpi\$/d" "$cluster_conf"
	fi
}

# Installs what building and running takes; with --test, what testing takes,
# and with --test --server, what testing without script/test's clang takes.
bootstrap() {
	if command -v dpkg-query >/dev/null; then
		# gzip and perl-base are essential; setpriv comes with util-linux
		install_packages make gcc libc6-dev
	fi
	if ! find_postgres; then
		[ -z "${PG_CONFIG:-}" ] ||
			die "$PG_CONFIG belongs to no server with headers (install postgresql-server-dev-N)"
		install_packages postgresql-common
		major=$(newest_major) || exit 1
		install_packages "postgresql-$major" "postgresql-server-dev-$major"
		find_postgres || die "cannot find the server that was installed"
	fi
	if [ "${1:-}" = --test ]; then
		major=$("$pg_config" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
		server=${2:-}
		# shellcheck disable=SC2086
		set -- perl libtap-parser-sourcehandler-pgtap-perl libipc-run-perl unzip xlsx2csv $phone_packages
		[ -f "$("$pg_config" --sharedir)/extension/pgtap.control" ] ||
			set -- "$@" "postgresql-$major-pgtap"
		[ "$server" = --server ] || set -- "$@" clang
		install_packages "$@"
	fi
}

# The server that is installed without its headers, or else Debian's own.
newest_major() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'postgresql-[1-9]*' 2>/dev/null |
		sed -n 's/^installed postgresql-\([0-9]*\)$/\1/p' | sort -n | tail -n 1 | grep . ||
		apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | grep . ||
		die "apt knows no package postgresql"
}

# Builds a copy of the sources in folder $1, so that the clone stays clean and
# may be read-only; other arguments go to make.
build_in() {
	build=$1
	shift
	mkdir -p "$build"
	(cd "$source_dir" && tar cf - --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' .) |
		tar xf - -C "$build" --no-same-owner
	make -C "$build" -s -j "$(nproc)" "PG_CONFIG=$pg_config" "$@" >"$build.log" 2>&1 || {
		cat "$build.log" >&2
		die "the build failed"
	}
}

# Builds kpi_phone in the build of kpi in folder $1; other arguments go to make.
build_phone() {
	build=$1
	shift
	# shellcheck disable=SC2086
	! command -v dpkg-query >/dev/null || install_packages $phone_packages
	make -C "$build/phone" -s "PG_CONFIG=$pg_config" "$@" >"$build.log" 2>&1 || {
		cat "$build.log" >&2
		die "the build of kpi_phone failed"
	}
}

# Installs kpi_phone from the build in folder $1 in the server tree in folder
# $2, before or after start_server; builds it if need be.
install_phone() {
	build_phone "$1"
	make -C "$1/phone" -s "PG_CONFIG=$pg_config" install "DESTDIR=$2" >"$1.log" 2>&1 || {
		cat "$1.log" >&2
		die "the installation of kpi_phone failed"
	}
}

# The user that runs the server: not root, which PostgreSQL refuses.
as_server() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups \
			env HOME=/ "$@") </dev/null
	else
		(cd / && "$@") </dev/null
	fi
}

# Installs kpi in the server tree in folder $1 from the build in folder $2.
install_in() {
	make -C "$2" -s "PG_CONFIG=$pg_config" install "DESTDIR=$1" >"$1/install.log" 2>&1 || {
		cat "$1/install.log" >&2
		die "the installation failed"
	}
	rm "$1/install.log"
}

# Makes a server tree in folder $1, and starts it; installs kpi in it from the
# build in folder $2, if there is one.
# PostgreSQL finds its files from where its binary is, so real copies of the
# programs and links to all the rest make a tree in which kpi can be installed.
# SERVER_UNDER, if it is set, is a command that runs the server, now and whenever
# a test starts one from that tree: a sanitizer's library before all others, or
# valgrind. Clusters are made without it.
start_server() {
	tree=$1
	bin=$("$pg_config" --bindir)
	server_user=nobody
	id postgres >/dev/null 2>&1 && server_user=postgres

	mkdir -p "$tree$bin"
	[ -z "${2:-}" ] || install_in "$tree" "$2"
	cp "$bin/postgres" "$bin/initdb" "$bin/pg_ctl" "$tree$bin/"
	for part in "$bin" "$("$pg_config" --pkglibdir)" "$("$pg_config" --sharedir)"; do
		mkdir -p "$tree$part"
		cp -rsn "$part/." "$tree$part/"
	done
	# its socket asks for no password, so nobody else gets to it
	chmod 700 "$tree"
	[ "$(id -u)" != 0 ] || chown "$server_user" "$tree"
	as_server test -x "$tree" ||
		die "user $server_user, who runs the server, cannot enter $tree: set TMPDIR to a folder that others may enter"

	as_server "$tree$bin/initdb" -D "$tree/data" -A trust -U postgres --no-locale -E UTF8 -N \
		>"$tree/setup.log" 2>&1 || {
		cat "$tree/setup.log" >&2
		die "initdb failed"
	}
	if [ -n "${SERVER_UNDER:-}" ]; then
		mv "$tree$bin/postgres" "$tree$bin/postgres.bin"
		# shellcheck disable=SC2016
		printf '#!/bin/sh\nexec %s "$0.bin" "$@"\n' "$SERVER_UNDER" >"$tree$bin/postgres"
		chmod 755 "$tree$bin/postgres"
	fi
	cat >>"$tree/data/postgresql.conf" <<-EOF
		listen_addresses = ''
		port = 5432
		unix_socket_directories = '"$tree"'
		fsync = off
		shared_buffers = ${SHARED_BUFFERS:-256MB}
		max_worker_processes = 16
		log_min_messages = warning
	EOF
	as_server "$tree$bin/pg_ctl" -D "$tree/data" -l "$tree/log" -w -s start >"$tree/setup.log" 2>&1 || {
		cat "$tree/setup.log" "$tree/log" >&2
		die "the server did not start"
	}
	rm -f "$tree/setup.log"
	PGHOST=$tree PGUSER=postgres PGDATABASE=postgres
	export PGHOST PGUSER PGDATABASE
	# the client that matches the server comes first
	PATH=$bin:$PATH
}

# Prints the process of the server of a tree, where it runs.
server_process() {
	pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
	# a server that died leaves a number that may be another process's now
	[ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ] && echo "$pid"
}

# Stops the server of a tree and removes its folder.
drop_server() {
	if [ -f "$1/data/postmaster.pid" ]; then
		! pid=$(server_process "$1") || kill -INT "$pid"
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			[ -f "$1/data/postmaster.pid" ] || break
			sleep 0.25
		done
	fi
	rm -rf "$1"
}

# Adds up the closing lines "N passed, N failed" of the reports in files. One
# that ends in anything else was cut short, which is a failure.
sum_up() {
	for report; do
		tail -n 1 "$report" | grep -x '[0-9]* passed, [0-9]* failed' || echo '0 passed, 1 failed'
	done | awk '{ p += $1; f += $3 } END { print p + 0 " passed, " f + 0 " failed"; exit f > 0 }'
}

# in_turns COMMAND WORDS ...: runs the command with each of the words, which may
# be several in one argument, as many at a time as there are processors.
in_turns() {
	command=$1
	shift
	turns=$(mktemp -u)
	mkfifo "$turns"
	exec 3<>"$turns"
	rm "$turns"
	nproc | xargs seq >&3
	for words; do
		read -r _ <&3
		{
			# shellcheck disable=SC2086
			("$command" $words)
			echo >&3
		} &
	done
	wait
	exec 3>&-
}

# in_group FOLDER COMMAND ...: runs the command as a process group of its own,
# whose number the file pid of the folder has.
in_group() {
	at=$1
	shift
	setsid "$@" &
	echo $! >"$at/pid"
	wait $!
}

# Stops what in_group runs for folders, and waits until that has cleaned up.
stop_groups() {
	for folder; do
		[ ! -e "$folder/pid" ] || kill -- "-$(cat "$folder/pid")" 2>/dev/null
	done
	for folder; do
		while [ -e "$folder/pid" ] && kill -0 -- "-$(cat "$folder/pid")" 2>/dev/null; do
			sleep 0.2
		done
	done
}

# Copies the dashboard to folder $1 with the packages that it needs; other
# arguments go to npm.
dashboard_in() {
	dashboard=$1
	shift
	command -v npm >/dev/null || install_packages nodejs npm
	mkdir -p "$dashboard"
	(cd "$source_dir/examples/dashboard" && tar cf - --exclude=./node_modules .) |
		tar xf - -C "$dashboard" --no-same-owner
	(cd "$dashboard" && npm ci --ignore-scripts --no-audit --no-fund "$@") >"$dashboard/npm.log" 2>&1 || {
		cat "$dashboard/npm.log" >&2
		die "npm could not install what the dashboard needs"
	}
}
