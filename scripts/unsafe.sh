#!/usr/bin/env bash
# How often each crate of the build says `unsafe`, comments and its own tests included: an upper bound. What stands in docs/unsafe.md.
# Options of `cargo tree` choose another build: scripts/unsafe.sh --no-default-features
set -euo pipefail
cd "$(dirname "$0")/.."

sources=target/unsafe
cargo vendor --locked --quiet --versioned-dirs "$sources" >/dev/null
cargo tree --locked --edges normal --prefix none --format '{p}' "$@" | awk '{ print $1 "-" substr($2, 2) }' | sort -u |
    while read -r crate; do
        # The crate itself is not among them.
        [ -d "$sources/$crate" ] || continue
        count=$(find "$sources/$crate" -name '*.rs' -path '*/src/*' -exec cat {} + | { grep -ow unsafe || true; } | wc -l)
        printf '%5d %s\n' "$count" "$crate"
    done | sort -k1,1nr -k2
