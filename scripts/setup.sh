#!/usr/bin/env bash
# Installs the Debian packages that Keyhold needs, where they are missing.
#   setup.sh build        to build and run
#   setup.sh conformance  to run the official clients and all tests as well
set -euo pipefail

packages=(libssl-dev libseccomp-dev libsecp256k1-dev libsqlite3-dev libtss2-dev libgfshare-dev libp11-kit-dev)
if [ "${1:-build}" = conformance ]; then packages+=(python3 python3-venv openssl swtpm tpm2-tools softhsm2); fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done

if ! command -v swift >/dev/null; then
  echo "Swift 6.2 or later must be on PATH: https://www.swift.org/install/linux" >&2
  exit 1
fi
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
