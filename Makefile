# Two commands matter: `make run` and `make test`. Both install what a fresh Debian 12 with Swift on PATH lacks.
.PHONY: run test build release lint format conformance bench asan clean

build:
	scripts/setup.sh build
	swift build

run:
	scripts/setup.sh build
	swift build --product keyhold-server
	swift build --product keyhold
	swift build --product keyhold-hsm
	exec "$$(swift build --show-bin-path)/keyhold-server" dev --data data

release:
	scripts/setup.sh build
	swift build -c release --product keyhold-server
	swift build -c release --product keyhold
	swift build -c release --product keyhold-hsm

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

format:
	swift format --in-place --recursive Package.swift Sources Tests

test:
	scripts/test.sh

conformance:
	scripts/setup.sh conformance
	swift build --product keyhold-server
	swift build --product keyhold-hsm
	Conformance/setup.sh
	python3 Conformance/run.py --server "$$(swift build --show-bin-path)/keyhold-server"
	Conformance/.venvs/v1/bin/python -W ignore Conformance/hsm_token.py --server "$$(swift build --show-bin-path)/keyhold-server"
	python3 Conformance/crash.py --server "$$(swift build --show-bin-path)/keyhold-server"

# The C glue under AddressSanitizer, in a build folder of its own.
asan:
	scripts/setup.sh conformance
	scripts/asan.sh

bench:
	scripts/setup.sh build
	Benchmarks/run.sh

clean:
	rm -rf .build data
