#!/usr/bin/env python3
"""Runs the official clients against a running server, over http and https, and counts what passed.

Without an endpoint, every environment gets a fresh server of its own, on free ports and a temporary folder.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from server import Server, Target, built_program, read_settings

HERE = pathlib.Path(__file__).resolve().parent

# environment: (script, schemes). The first release of the newer SDK speaks plain http alone; `wire` needs no client;
# `independent` holds what the service computes against other implementations.
ENVIRONMENTS = {
    "wire": ("rawwire.py", ("http", "https")),
    "v1": ("core.py", ("http", "https")),
    "v1-2021": ("core.py", ("http", "https")),
    "tea": ("tea.py", ("http", "https")),
    "tea1": ("tea1.py", ("http",)),
    "tea2": ("tea2.py", ("http", "https")),
    "oss": ("oss.py", ("http", "https")),
    "independent": ("independent.py", ("http",)),
}
# A client must take endpoint, certificates and credentials from the run alone.
UNWANTED = re.compile(r"(proxy|ca_bundle|ssl_cert|alibaba|aliyun|pythonpath)", re.IGNORECASE)


def python_of(environment):
    if environment == "wire":
        return sys.executable
    return str(HERE / ".venvs" / environment / "bin" / "python")


def run(environment, scheme, target, arguments):
    """Runs one script; returns (passed, failed)."""
    script = HERE / "clients" / ENVIRONMENTS[environment][0]
    variables = {name: value for name, value in os.environ.items() if not UNWANTED.search(name)}
    variables.update(target.variables(), PYTHONDONTWRITEBYTECODE="1")
    if arguments.verbose:
        variables["KEYHOLD_CONFORMANCE_VERBOSE"] = "1"
    command = [python_of(environment), "-W", "ignore", str(script), "--scheme", scheme]
    if arguments.match:
        command += ["--match", arguments.match]
    try:
        process = subprocess.run(
            command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
        )
        output = process.stdout
    except subprocess.TimeoutExpired as error:
        output = f"{(error.stdout or b'').decode(errors='replace')}\nFAIL {environment}: not done after 600 s\n"
    lines = output.splitlines()
    match = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1] if lines else "")
    counts = (int(match[1]), int(match[2])) if match else (0, 1)
    shown = lines[:-1] if match else [*lines[-30:], f"FAIL {environment} {scheme}: the script did not come to its end"]
    for line in shown:
        print(f"  {line}")
    print(f"{environment} {scheme}: {counts[0]} passed, {counts[1]} failed", flush=True)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=built_program(), help="the keyhold-server program (%(default)s)")
    parser.add_argument("--only", action="append", choices=ENVIRONMENTS, metavar="ENV", help="may be repeated")
    parser.add_argument("--scheme", choices=("http", "https"))
    parser.add_argument("--match", help="only scenarios whose title contains this")
    parser.add_argument("--env-file", help="the dev.env of a server that already runs; none is started then")
    parser.add_argument("--verbose", action="store_true", help="also name what passes")
    arguments = parser.parse_args()

    names = arguments.only or list(ENVIRONMENTS)
    clients = [name for name in names if name != "wire"]
    if clients:
        subprocess.run([str(HERE / "setup.sh"), *clients], check=True)
    passed = failed = 0
    for name in names:
        schemes = [s for s in ENVIRONMENTS[name][1] if arguments.scheme in (None, s)]
        if arguments.env_file:
            target = Target.of(read_settings(arguments.env_file))
            results = [run(name, scheme, target, arguments) for scheme in schemes]
        else:
            results = with_server(name, schemes, arguments)
        passed += sum(result[0] for result in results)
        failed += sum(result[1] for result in results)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def with_server(name, schemes, arguments):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="keyhold-conformance-"))
    log_path = folder / "server.log"
    results = []
    with log_path.open("wb") as log:
        server = Server(arguments.server, folder / "data", log)
        (folder / "data").mkdir(mode=0o700)
        try:
            target = server.start()
            results = [run(name, scheme, target, arguments) for scheme in schemes]
            if not server.stop():
                print(f"FAIL {name}: the server did not end well when asked to")
                results.append((0, 1))
        except RuntimeError as error:
            print(f"FAIL {name}: {error}")
            results.append((0, 1))
        finally:
            server.kill()
    if any(result[1] for result in results):
        print(f"{name}: the server's log and data are in {folder}")
    else:
        shutil.rmtree(folder)
    return results


if __name__ == "__main__":
    main()
