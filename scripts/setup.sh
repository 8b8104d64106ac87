# Makes .venv hold the locked dependencies. Sourced by scripts/run, scripts/test and scripts/lock; run by the benchmarks as
# `bash scripts/setup.sh bench`.
#
# Convention: .venv/.ready-MODE is written last and holds a checksum of what was installed from, so a set-up that was cut off is
# noticed and done again, and a second start costs no more than reading that file.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"

say() { printf '%s\n' "e3viz: $*" >&2; }
fail() { say "$*"; exit 1; }

checksum() { { printf '%s\n' "$ROOT"; cat "$ROOT/requirements.lock" "$ROOT/pyproject.toml"; } | cksum; }

ready() { # MODE: whether .venv holds what it needs
    [ -x "$PYTHON" ] && [ -f "$VENV/.ready-$1" ] && [ "$(cat "$VENV/.ready-$1")" = "$(checksum)" ]
}

find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return
        fi
    done
    fail "Python 3.11 to 3.14 with its venv module is needed and was not found (on Debian: apt-get install python3-venv)."
}

# ---- system libraries: what Qt's xcb plugin and VTK load that no Python package brings --------------------------------------------

LIBRARIES="
libEGL.so.1 libegl1
libGL.so.1 libgl1
libOpenGL.so.0 libopengl0
libX11-xcb.so.1 libx11-xcb1
libXcursor.so.1 libxcursor1
libxkbcommon.so.0 libxkbcommon0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-shm.so.0 libxcb-shm0
libxcb-sync.so.1 libxcb-sync1
libxcb-xfixes.so.0 libxcb-xfixes0
libxcb-xkb.so.1 libxcb-xkb1
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libglib-2.0.so.0 libglib2.0-0
libstdc++.so.6 libstdc++6
"

missing_packages() {
    local known name package
    known="$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null)" || return 0
    [ -n "$known" ] || return 0
    while read -r name package; do
        [ -z "$name" ] || case "$known" in *"$name "*) ;; *) printf '%s ' "$package" ;; esac
    done <<<"$LIBRARIES"
    if command -v dpkg-query >/dev/null; then # a driver that draws without a graphics card, and one font at least
        for package in libgl1-mesa-dri fontconfig; do
            dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$package"
        done
        [ -n "$(find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" -name '*.[ot]tf' -print -quit 2>/dev/null)" ] || printf 'fonts-dejavu-core '
    fi
}

install_packages() { # PACKAGE…: with apt-get as root, otherwise says what to type
    [ $# -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        fail "these system libraries are missing (by their Debian names; install what your system calls them): $*"
    elif [ "$(id -u)" -ne 0 ]; then
        fail "some system libraries are missing; please type:  sudo apt-get install -y --no-install-recommends $*"
    fi
    say "installing system libraries: $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return
    apt-get update -qq >/dev/null || fail "apt-get update failed; is there a network?"
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null || fail "apt-get could not install: $*"
}

# ---- the environment --------------------------------------------------------------------------------------------------------------

environment() { # MODE: run, test or bench
    ready "$1" && return
    if command -v flock >/dev/null; then # two first starts at once: the second waits and then finds everything there
        exec 9>"$ROOT/.venv.lock"
        flock 9
        ready "$1" && { exec 9>&-; return; }
    fi
    # shellcheck disable=SC2046
    install_packages $(missing_packages)
    # A set-up that was killed half-way may have left packages whose files are not all there: start again (downloads are cached).
    if [ -e "$VENV/.installing" ] || ! "$PYTHON" -c 'import pip' >/dev/null 2>&1; then
        local python
        python="$(find_python)" || exit 1
        say "making an environment in $VENV"
        rm -rf "$VENV"
        "$python" -m venv "$VENV" || fail "the environment could not be made; is the disk full?"
    fi
    install "$1"
    [ "$1" != test ] || checksum >"$VENV/.ready-run"
    checksum >"$VENV/.ready-$1"
    if [ -e /proc/self/fd/9 ]; then exec 9>&-; fi
    say "the environment is ready"
}

install() { # MODE
    local extra="" status=0
    [ "$1" = run ] || extra="[$1]"
    say "installing the locked dependencies (once; some minutes)"
    touch "$VENV/.installing"
    trap 'exit 130' INT # pip ends as if nothing had happened when it is interrupted
    # torch on its own first: a wheel for the CPU that lies on this machine is taken, where the solver would fetch CUDA.
    pip_install torch==2.13.0 && pip_install -e "$ROOT$extra" || status=$?
    trap - INT
    [ "$status" -gt 128 ] || rm -f "$VENV/.installing"
    [ "$status" -eq 0 ] || fail "the dependencies could not be installed; the reason stands above. Start again to go on from here."
}

pip_install() { "$PYTHON" -m pip install --quiet --disable-pip-version-check -c "$ROOT/requirements.lock" "$@"; }

# ---- a display --------------------------------------------------------------------------------------------------------------------

has_display() { [ "$(uname)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

virtual_display() { # starts Xvfb until this script ends
    command -v Xvfb >/dev/null || install_packages xvfb
    local pipe number=""
    pipe="$(mktemp -d)"
    mkfifo "$pipe/number"
    Xvfb -displayfd 7 -screen 0 2600x1500x24 -nolisten tcp -noreset 7>"$pipe/number" >/dev/null 2>&1 &
    XVFB=$!
    trap 'kill "$XVFB" 2>/dev/null' EXIT
    read -r -t 60 number <"$pipe/number" || true
    rm -rf "$pipe"
    [ -n "$number" ] || fail "the virtual display did not start (Xvfb)."
    export DISPLAY=":$number" QT_QPA_PLATFORM=xcb
    unset WAYLAND_DISPLAY
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    environment "${1:?run, test or bench}"
fi
