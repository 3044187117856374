# shellcheck shell=sh disable=SC2034
# Sourced by deploy/civic and tests/run: finds or makes a Python environment from a lock file.
#
#   environment LOCK NAME      sets $python, or says what is missing and exits 1; needs $root
#
# With $unpacked (deploy/bundle.sh), LOCK is a bundle's list, and everything comes from that bundle.
#
# The environment lies in .civic/ of the clone, or in the user's cache when the clone cannot be written. Its folder's name
# holds a checksum of the lock file: a changed lock makes another one, and programs that run from the old one go on. The
# file .ready is written last, so that a half-made environment is seen and made again.

fail() { # WHAT-FAILED HOW-THINGS-STAND NEXT
    printf 'Failed: %s\nNow:    %s\nNext:   %s\n' "$1" "$2" "$3" >&2
    exit "${exit_code:-1}"
}

as_administrator() { # COMMAND: as this user must type it
    if [ "$(id -u)" = 0 ]; then echo "$1"; elif command -v sudo >/dev/null; then echo "sudo $1"; else echo "su -c '$1'"; fi
}

# As root on Debian: installs the packages that are not there. For others: does nothing.
install_packages() { # PACKAGE...
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
    wanted=
    for package; do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) wanted="$wanted $package" ;;
        esac
    done
    [ -n "$wanted" ] || return 0
    # shellcheck disable=SC2086 # the packages are words
    {
        shown "Installing$wanted (apt)" apt_get update &&
            shown "Installing$wanted (apt)" apt_get install -y --no-install-recommends $wanted
    } || fail "apt could not install$wanted: $(tail -n 3 "$said")" "No site was touched." \
        "apt-get update && apt-get install$wanted"
}

apt_get() (
    umask 022
    export LC_ALL=C DEBIAN_FRONTEND=noninteractive
    [ -z "${only_from-}" ] || {
        mkdir -p "$unpacked/lists/partial"
        echo "deb [trusted=yes] file:$only_from ./" >"$unpacked/sources.list"
        set -- -o "Dir::Etc::SourceList=$unpacked/sources.list" -o Dir::Etc::SourceParts=- \
            -o "Dir::State::Lists=$unpacked/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
            -o APT::Sandbox::User=root "$@"
    }
    apt-get -q -o DPkg::Lock::Timeout=300 "$@"
)

# Runs a command with its output in the file $said, one line on the terminal, and its exit code.
shown() { # WORDS COMMAND...
    words=$1 seconds=0
    shift
    if [ ! -t 2 ]; then
        printf '%s ...\n' "$words" >&2
        "$@" >"$said" 2>&1 </dev/null
        return
    fi
    "$@" >"$said" 2>&1 </dev/null &
    child=$!
    while kill -0 "$child" 2>/dev/null; do
        printf '\r%s ... %s s ' "$words" "$seconds" >&2
        sleep 1
        seconds=$((seconds + 1))
    done
    code=0
    wait "$child" || code=$?
    child=
    printf '\r\033[K' >&2
    return "$code"
}

right_python() { # sets $base to a Python 3.11-3.13, if there is one
    for base in python3 python3.13 python3.12 python3.11; do
        "$base" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && return
    done
    return 1
}

find_base() {
    right_python && "$base" -c 'import ensurepip, venv' 2>/dev/null && return
    install_packages python3 python3-venv ca-certificates
    right_python || fail "Python 3.11, 3.12 or 3.13 is needed; this machine has $(python3 -V 2>/dev/null || echo none)." \
        "Nothing was changed." "$(as_administrator 'apt-get install python3 python3-venv')"
    "$base" -c 'import ensurepip, venv' 2>/dev/null && return
    fail "$base cannot make environments: the package $base-venv is missing." \
        "Nothing was changed." "$(as_administrator "apt-get install $base-venv")"
}

make_environment() { # FOLDER LOCK
    [ -z "${unpacked-}" ] || unpack_bundle
    find_base
    rm -rf "$1"
    shown "Preparing civic: environment (1/2)" "$base" -m venv "$1" ||
        fail "The environment could not be made in $1: $(tail -n 3 "$said")" "Nothing was changed." \
            "Free some space there (df -h), then run the same command again."
    if [ -n "${unpacked-}" ]; then
        shown "Preparing civic: packages (2/2), from the bundle" install_bundle "$1"
    else
        shown "Preparing civic: packages (2/2), about 15 s plus download" pip_install "$1" -r "$2"
    fi || fail "pip could not install the packages: $(grep -i error "$said" | tail -n 3)" \
        "The environment is incomplete and is not used; no site was touched." \
        "Check the way to the package index (a proxy? the clock?), then run the same command again."
    readlink -f "$1/bin/python" >"$1/.ready"
}

pip_install() { # FOLDER WORD...
    folder_of_pip=$1
    shift
    "$folder_of_pip/bin/python" -m pip install --no-input --disable-pip-version-check --no-compile --only-binary :all: \
        --require-hashes "$@"
}

install_bundle() ( # FOLDER
    export PIP_CONFIG_FILE=/dev/null # the machine's own options name indexes
    pip_install "$1" --no-index --find-links "$unpacked/wheels" -r "$unpacked/requirements.lock" &&
        "$1/bin/python" -m pip install --no-input --disable-pip-version-check --no-index --no-deps "$unpacked"/civic-*.whl
)

# Complete, and its Python is still the one that it was made with: an upgrade of the system brings another.
is_ready() { # FOLDER
    [ -e "$1/.ready" ] && read -r made <"$1/.ready" && [ -x "$made" ] && [ "$made" = "$(readlink -f "$1/bin/python")" ]
}

clean_up() {
    [ -z "${said-}" ] || rm -f "$said"
    [ -z "${child-}" ] || kill "$child" 2>/dev/null || :
    [ -z "${unpacked-}" ] || rm -rf "$unpacked"
}

environment() { # LOCK NAME
    name=$2-$({ printf '%s\n' "${root:?}" && cat "$1"; } | cksum | cut -d ' ' -f 1)
    near=$root/.civic
    far=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/civic
    for folder in "$near" "$far"; do
        python=$folder/$name/bin/python
        if is_ready "$folder/$name"; then
            clean_up
            return
        fi
    done
    folder=$near
    if ! mkdir -p "$near" 2>/dev/null || ! [ -w "$near" ]; then
        folder=$far
        mkdir -p "$far" 2>/dev/null || fail "Neither $near nor $far can be written." "Nothing was changed." \
            "Set HOME to a folder of yours, then run the same command again."
    fi
    python=$folder/$name/bin/python
    said=$(mktemp)
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    exec 9>"$folder/lock"
    if ! flock -n 9; then
        echo "The environment is being prepared by another civic; waiting for it ..." >&2
        flock 9
    fi
    if ! is_ready "$folder/$name"; then
        make_environment "$folder/$name" "$1"
        forget_old "$folder" "$2" "$name"
    fi
    exec 9>&-
    clean_up
    trap - EXIT INT TERM HUP
}

forget_old() { # FOLDER KIND KEPT: keeps one more than the new one, for what still runs from it
    # shellcheck disable=SC2010,SC2012 # the names are ours
    ls -dt "$1/$2"-* 2>/dev/null | grep -v "/$3\$" | tail -n +2 | while read -r old; do rm -rf "$old"; done
}
