#!/usr/bin/env bash
# Measures Keyhold on this machine: over HTTP beside its framework answering a constant, and the cryptography alone
# beside openssl speed. Arguments are passed on to the HTTP benchmark; see README.md.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build -c release --product keyhold-server
server="$(swift build -c release --show-bin-path)/keyhold-server"
swift build -c release --package-path Benchmarks
load="$(swift build -c release --package-path Benchmarks --show-bin-path)/keyhold-http-benchmark"

echo "== HTTP"
if [ "$(nproc)" -ge 2 ] && command -v taskset > /dev/null; then
  # The client on one core, both servers on another, so that they do not take time from each other.
  taskset -c 0 "$load" --server "$server" --server-cpu 1 "$@"
else
  "$load" --server "$server" "$@"
fi

echo "== cryptography"
export KEYHOLD_BENCHMARKS=1
swift build -c release --product keyhold-crypto-benchmark
swift build -c release --product keyhold-hsm
binaries=$(swift build -c release --show-bin-path)
folder=$(mktemp -d)
trap 'kill %1 2> /dev/null; rm -rf "$folder"' EXIT
# A token of this run's own, where SoftHSM2 is installed.
module=/usr/lib/softhsm/libsofthsm2.so
if [ -e "$module" ]; then
  mkdir "$folder/tokens"
  echo "directories.tokendir = $folder/tokens" > "$folder/softhsm2.conf"
  export SOFTHSM2_CONF=$folder/softhsm2.conf
  export KEYHOLD_BENCHMARK_MODULE=$module KEYHOLD_BENCHMARK_TOKEN=benchmark KEYHOLD_BENCHMARK_PIN=24681357
  softhsm2-util --init-token --free --label benchmark --so-pin 13579 --pin "$KEYHOLD_BENCHMARK_PIN" > /dev/null
fi
# A key process of this run's own.
export KEYHOLD_BENCHMARK_SOCKET=$folder/hsm.sock
"$binaries/keyhold-hsm" serve --socket "$KEYHOLD_BENCHMARK_SOCKET" --data "$folder/hsm" 2> "$folder/hsm.log" &
until [ -S "$KEYHOLD_BENCHMARK_SOCKET" ]; do sleep 0.05; done
"$binaries/keyhold-crypto-benchmark"
