"""The software bill of materials: one CycloneDX document each for Python, Rust and Go, from the lock files.

    python -m supply.bill [--out build/sbom]

Python's comes from cyclonedx-py, Rust's from `cargo metadata`, Go's from `go list -m`. Nothing is built.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

RUST = Path("fixtures/runtimes/gateway-rs")
GO = Path("fixtures/runtimes/validatord-go")
PYTHON = Path("build/bill/bin/cyclonedx-py")


def main() -> int:
    """Write what can be written, and say what could not; 1 where something was left out."""
    parser = argparse.ArgumentParser(description="Write the software bill of materials.")
    parser.add_argument("--out", type=Path, default=Path("build/sbom"), metavar="DIR")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    return max(_told(name, out / f"{name}.cdx.json", write) for name, write in BILLS.items())


def _told(name, path, write):
    try:
        count = write(path)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{name}: not written: {error}")
        return 1
    print(f"{name}: {count} components in {path}")
    return 0


def _python(path):
    _run([str(PYTHON.absolute()), "requirements", "requirements.lock", "--output-file", str(path.absolute())])
    return len(json.loads(path.read_text())["components"])


def _rust(path):
    command = [_program("cargo"), "metadata", "--format-version", "1", "--locked"]
    packages = json.loads(_run(command, RUST))["packages"]
    found = [each for each in packages if each["source"] is not None]
    return _write(path, "gateway-rs", [_component("cargo", each) for each in found])


def _go(path):
    said = _run([_program("go"), "list", "-m", "-json", "all"], GO)
    decoder, modules, at = json.JSONDecoder(), [], 0
    while at < len(said.rstrip()):
        module, at = decoder.raw_decode(said, at)
        at += len(said[at:]) - len(said[at:].lstrip())
        modules.append(module)
    found = [{"name": each["Path"], "version": each["Version"]} for each in modules if "Version" in each]
    return _write(path, "validatord-go", [_component("golang", each) for each in found])


def _component(kind, package):
    purl = f"pkg:{kind}/{package['name']}@{package['version']}"
    found = {"type": "library", "name": package["name"], "version": package["version"]}
    licence = {"licenses": [{"expression": package["license"]}]} if package.get("license") else {}
    return {**found, "bom-ref": purl, "purl": purl, **licence}


def _write(path, name, components):
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "component": {"type": "application", "name": name, "bom-ref": name},
        },
        "components": sorted(components, key=lambda each: each["purl"]),
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
    return len(components)


def _program(name):
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"there is no {name} on PATH")
    return found


def _run(command, folder="."):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


BILLS = {"python": _python, "rust": _rust, "go": _go}

if __name__ == "__main__":
    sys.exit(main())
