#!/usr/bin/env python3
"""The bill of materials of the program as CycloneDX 1.5, on standard output: the crates that go into the binary for one target, with
licence, checksum and who asks for whom.

    scripts/sbom.py [TARGET] > demarche.cdx.json

Why not cargo-cyclonedx? It would be one more tool to build on every machine that releases, for what `cargo metadata` and
`Cargo.lock` say already. There is no time and no random number in the file: the same lock file gives the same bytes.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent


def output(*command: str) -> str:
    return subprocess.run(command, cwd=FOLDER, check=True, stdout=subprocess.PIPE, text=True).stdout


def host() -> str:
    return next(line.removeprefix("host: ") for line in output("rustc", "-vV").splitlines() if line.startswith("host: "))


def url(package: dict) -> str:
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package: dict, checksums: dict) -> dict:
    described = {
        "type": "application" if package["source"] is None else "library",
        "bom-ref": url(package),
        "name": package["name"],
        "version": package["version"],
        "description": package["description"] or "",
        # A slash is what older crates write for OR.
        "licenses": [{"expression": package["license"].replace(" / ", "/").replace("/", " OR ")}],
        "purl": url(package),
    }
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        described["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        described["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return described


def main() -> None:
    target = sys.argv[1] if len(sys.argv) > 1 else host()
    metadata = json.loads(output("cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target))
    lock = tomllib.loads((FOLDER / "Cargo.lock").read_text())
    checksums = {(p["name"], p["version"]): p.get("checksum") for p in lock["package"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    root = metadata["resolve"]["root"]
    # `cargo metadata` counts what only tests ask for, too; `cargo tree` knows what is built.
    tree = output("cargo", "tree", "--locked", "--edges", "normal", "--target", target, "--prefix", "none", "--format", "{p}")
    built = {tuple(line.split()[:2]) for line in tree.splitlines()}
    ordered = sorted((p for p in packages.values() if (p["name"], f"v{p['version']}") in built), key=url)
    kept = {package["id"] for package in ordered}
    needed = {
        node["id"]: sorted(d["pkg"] for d in node["deps"] if d["pkg"] in kept and any(k["kind"] is None for k in d["dep_kinds"]))
        for node in metadata["resolve"]["nodes"]
    }
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": component(packages[root], checksums),
            "properties": [{"name": "target", "value": target}],
        },
        "components": [component(package, checksums) for package in ordered if package["id"] != root],
        "dependencies": [{"ref": url(p), "dependsOn": [url(packages[d]) for d in needed[p["id"]]]} for p in ordered],
    }
    json.dump(bill, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
