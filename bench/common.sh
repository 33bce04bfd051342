# shellcheck shell=sh
# common.sh - what the benchmarks share; sourced, not run

set -eu
# shellcheck source=script/common.sh
. "$(dirname "$0")/../script/common.sh"

# options NAME=DEFAULT ... -- ARGUMENT ...: sets the variables, and reads the
# arguments --NAME VALUE into them.
options() {
	known=' '
	while [ "$1" != -- ]; do
		eval "${1%%=*}=\${1#*=}"
		known="$known--${1%%=*} "
		shift
	done
	shift
	while [ $# -gt 0 ]; do
		case $known in
		*" $1 "*) ;;
		*) die "unknown option: $1" ;;
		esac
		[ $# -ge 2 ] || die "$1 needs a value"
		eval "${1#--}=\$2"
		shift 2
	done
}

# begin [MB]: starts a server that has kpi, with so many MB of buffers, in a
# folder that goes with the script; work is its name.
begin() {
	# shellcheck disable=SC2119
	bootstrap
	work=$(mktemp -d /tmp/kpi-bench.XXXXXX)
	chmod 755 "$work"
	trap 'drop_server "$work/pg"; rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM
	mkdir "$work/pg"
	build_in "$work/build"
	# shellcheck disable=SC2034 # start_server reads it
	SHARED_BUFFERS=${1:-256}MB
	start_server "$work/pg" "$work/build"
}

ask() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}
