#!/bin/sh
# Makes one Python environment per generation of official client in .venvs/, each from the exact pins of
# requirements/NAME.txt. An environment keeps the list it was made from: a second run does nothing, a changed pin remakes it.
#
# usage: setup.sh [ENVIRONMENT ...]        (default: all of them)
set -eu
cd "$(dirname "$0")"

python=${PYTHON:-/usr/bin/python3}
[ -x "$python" ] || python=$(command -v python3)
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -q && apt-get install -q -y --no-install-recommends python3-venv
    else
        echo "setup.sh: python3-venv is missing; install it (Debian: apt-get install python3-venv)" >&2
        exit 1
    fi
fi

# The older clients come as source alone and want these to be built; they are not isolated, so that these pins hold.
tools="setuptools==80.9.0 wheel==0.45.1"

[ $# -gt 0 ] || set -- v1 v1-2021 tea tea1 tea2 oss independent
for name in "$@"; do
    pins=requirements/$name.txt
    folder=.venvs/$name
    [ -f "$pins" ] || { echo "setup.sh: no environment is called $name" >&2; exit 2; }
    if cmp -s "$pins" "$folder/made-from.txt"; then continue; fi
    echo "making $folder"
    rm -rf "$folder"
    mkdir -p .venvs
    "$python" -m venv "$folder"
    # shellcheck disable=SC2086  # two arguments on purpose
    "$folder/bin/python" -m pip install -q --disable-pip-version-check $tools
    "$folder/bin/python" -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -r "$pins"
    cp "$pins" "$folder/made-from.txt"
done
