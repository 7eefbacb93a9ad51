#!/usr/bin/env bash
# What a release hands out, into target/release-files/: for each target an archive with the binary, man pages, completions and licences, and a bill
# of materials; and SHA256SUMS of all.
#
#     scripts/release.sh              this machine, and static Linux where that target is installed
#     scripts/release.sh TARGET…      these targets
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
host=$(rustc -vV | sed -n 's/^host: //p')
static="${host%%-*}-unknown-linux-musl"
export CARGO_TARGET_DIR=target
out=target/release-files
# Archives of the same commit have the same times.
time=$(git log -1 --format=%ct 2>/dev/null || date +%s)

installed() { [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; }

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    targets=("$host")
    if [ "$static" != "$host" ] && installed "$static"; then
        targets+=("$static")
    elif [ "$static" != "$host" ]; then
        echo "no static binary: $static is not installed (rustup target add $static)" >&2
    fi
fi
for target in "${targets[@]}"; do
    if ! installed "$target"; then
        echo "$target is not installed (rustup target add $target)" >&2
        exit 1
    fi
done

rm -rf "$out"
mkdir -p "$out"

# The pages and completions come from the program itself; the host's one can be run.
cargo build --release --locked --bin demarche
program=target/release/demarche
mkdir -p "$out/man" "$out/completions"
"$program" generate man -o "$out/man/demarche.1"
# The main page lists the others.
grep -o '^demarche\\-[a-z]*(1)' "$out/man/demarche.1" | sed 's/\\-/-/; s/(1)//' | while read -r page; do
    "$program" generate man "${page#demarche-}" -o "$out/man/$page.1"
done
"$program" generate complete-bash -o "$out/completions/demarche.bash"
"$program" generate complete-zsh -o "$out/completions/_demarche"
"$program" generate complete-fish -o "$out/completions/demarche.fish"
"$program" generate complete-powershell -o "$out/completions/_demarche.ps1"

for target in "${targets[@]}"; do
    if [ "$target" = "$host" ]; then
        built=target/release
    else
        cargo build --release --locked --bin demarche --target "$target"
        built=target/$target/release
    fi
    binary=demarche
    if [ -f "$built/demarche.exe" ]; then binary=demarche.exe; fi
    name="demarche-$version-$target"
    mkdir "$out/$name"
    # The build strips the binary (profile.release in Cargo.toml).
    cp "$built/$binary" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$out/$name/"
    cp -r "$out/man" "$out/completions" "$out/$name/"
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" --directory "$out" "$name" | gzip -9n >"$out/$name.tar.gz"
    scripts/sbom.py "$target" >"$out/$name.cdx.json"
    rm -r "${out:?}/$name"
done
rm -r "$out/man" "$out/completions"

(cd "$out" && sha256sum -- *.tar.gz *.cdx.json >SHA256SUMS)
ls -l "$out"
