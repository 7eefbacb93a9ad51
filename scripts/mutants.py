#!/usr/bin/env python3
"""Mutation testing in one build: the mutants of cargo-mutants, all compiled into one test program, of which an environment variable switches on one.

    scripts/mutants.py                    # lists, builds, runs; goes on where it was stopped
    scripts/mutants.py --tests oracle     # those still alive, against an integration test

cargo-mutants builds the crate anew for each of some 2,600 mutants. Here a function with mutants becomes a `match` with an arm for each of them, the whole body with
that one change, and an arm for the function as it is. What cannot be written so is left to cargo-mutants and listed in `left.txt`: constants, `const fn`, and functions that
return an `impl` type. Outcomes, one JSON object a line, and the program are in `target/mutants`; docs/mutation.md says what came of it.
"""

import argparse
import json
import os
import random
import re
import resource
import subprocess
import threading
from collections import Counter, defaultdict
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
PLACE = FOLDER / "target" / "mutants"
CRATE = PLACE / "crate"
FEATURES = {"lib": ["--no-default-features", "--features", "train"]}  # without the command line the library builds in half the time
SWITCH = """
/// The mutant that is switched on.
pub(crate) fn mutant() -> u32 {
    static CHOSEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("DEMARCHE_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0))
}
"""
TOKEN = re.compile(r"""//[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\])*" | '(?:\\.[^']*|[^'\\])' | [A-Za-z_]\w* | .""", re.X | re.S)


def listed() -> list[dict]:
    command = ["cargo", "mutants", "--list", "--json"]
    return json.loads(subprocess.run(command, cwd=FOLDER, check=True, stdout=subprocess.PIPE, text=True).stdout)


def body_of(text: str, start: int) -> int:
    """Where the body of the function at `start` opens."""
    depth, named = 0, False
    for token in TOKEN.finditer(text, start):
        match token.group():
            case "fn":
                named = True
            case "(" | "[":
                depth += 1
            case ")" | "]":
                depth -= 1
            case "{" if named and depth == 0:
                return token.start()
    raise ValueError("no body")


def switched(text: str, mutants: list[dict], left: dict[int, str]) -> str:
    """A file with its mutants as arms; adds those that cannot be one to `left`."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def span(of: dict) -> tuple[int, int]:
        return tuple(starts[of["span"][end]["line"] - 1] + of["span"][end]["column"] - 1 for end in ("start", "end"))

    functions = {span(mutant["function"]) for mutant in mutants}
    inside = lambda inner, outer: outer[0] <= inner[0] and inner[1] <= outer[1]
    outermost = [f for f in functions if not any(g != f and inside(f, g) for g in functions)]
    for start, end in sorted(outermost, reverse=True):
        own = [mutant for mutant in mutants if inside(span(mutant), (start, end))]
        body = body_of(text, start)
        head = text[start:body]
        why = "a const fn" if re.search(r"\bconst\s+fn\b", head) else "returns an impl type" if re.search(r"->.*\bimpl\b", head, re.S) else None
        if why:
            left.update((mutant["id"], why) for mutant in own)
            continue
        arms = []
        for mutant in own:
            first, last = span(mutant)
            arms.append(f"{mutant['id']} => {text[body:first]}{mutant['replacement']}{text[last:end]}\n")
        text = f"{text[:body]}{{ match crate::mutant() {{\n{''.join(arms)}_ => {text[body:end]} }} }}{text[end:]}"
    # Copies within copies would never end.
    return text.replace("#[inline(always)]", "#[inline(never)]")


def put(file: str, text: bytes) -> None:
    """Writes a file of the crate, unless it is so already: cargo looks at the time of files."""
    path = CRATE / file
    if not path.exists() or path.read_bytes() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def write(mutants: list[dict], unviable: set[int]) -> dict[int, str]:
    """Writes the crate with its mutants; returns those left out, and why."""
    left = {mutant["id"]: "outside of functions" for mutant in mutants if mutant["function"] is None}
    left |= {number: "unviable" for number in unviable}
    files = defaultdict(list)
    for mutant in mutants:
        if mutant["id"] not in left:
            files[mutant["file"]].append(mutant)
    tracked = subprocess.run(["git", "ls-files"], cwd=FOLDER, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    for file in tracked:
        text = (FOLDER / file).read_bytes()
        if file in files:
            text = switched(text.decode(), files[file], left).encode()
        elif file == "src/lib.rs":
            text += SWITCH.encode()
        put(file, text)
    return left


def cargo(*arguments: str) -> list[dict]:
    """Cargo's messages."""
    # Incremental: the optimiser goes over so large a program once, not twice, and a new test does not cost all of it again.
    environment = os.environ | {"CARGO_INCREMENTAL": "1", "CARGO_PROFILE_DEV_DEBUG": "0"}
    command = ["cargo", *arguments, "--message-format", "json", "--target-dir", str(FOLDER / "target")]
    output = subprocess.run(command, cwd=CRATE, env=environment, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def blamed(messages: list[dict]) -> set[int]:
    """The mutants whose arms do not compile."""
    found = set()
    for message in messages:
        if message["reason"] != "compiler-message" or message["message"]["level"] != "error":
            continue
        for place in message["message"]["spans"]:
            lines = (CRATE / place["file_name"]).read_text().split("\n") if place["file_name"].startswith("src") else []
            for line in reversed(lines[: place["line_start"]]):
                if arm := re.match(r"(\d+|_) => ", line):
                    found |= {int(arm[1])} if arm[1] != "_" else set()
                    break
    return found


def build(mutants: list[dict], tests: str) -> tuple[str, dict[int, str]]:
    """The test program, and the mutants that it does not have."""
    kept = PLACE / "unviable.json"
    unviable = set(json.loads(kept.read_text())) if kept.exists() else set()
    target = ["--lib"] if tests == "lib" else ["--test", tests]
    while True:
        left = write(mutants, unviable)
        messages = cargo("test", "--no-run", *target, *FEATURES.get(tests, []))
        programs = [m["executable"] for m in messages if m["reason"] == "compiler-artifact" and m["executable"] and m["profile"]["test"]]
        if programs:
            return programs[-1], left
        worse = blamed(messages)
        if not worse:
            raise SystemExit("the crate with its mutants does not build: see `cargo check` in target/mutants/crate")
        unviable |= worse
        kept.write_text(json.dumps(sorted(unviable)))


def module(file: str) -> str:
    parts = Path(file).relative_to("src").with_suffix("").parts
    return "::".join(parts[:-1] if parts[-1] == "mod" else parts) + "::"


def limits(seconds: int):
    """CPU time, not wall time: other programs do not make a mutant look endless."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def outcome(mutant: dict, program: str, tests: str, seconds: int) -> dict:
    """Runs the tests of the mutant's own module, then all of them, until one fails."""
    environment = os.environ | {
        "DEMARCHE_MUTANT": str(mutant["id"]),
        "INSTA_UPDATE": "no",
        "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1",
        "PROPTEST_MAX_SHRINK_ITERS": "0",
        "RUSTC_BOOTSTRAP": "1",  # for --fail-fast
    }
    rounds = [[module(mutant["file"])], []] if tests == "lib" else [[]]
    for names in rounds:
        command = [program, *names, "--test-threads=1", "-Zunstable-options", "--fail-fast"]
        run = subprocess.run(command, cwd=CRATE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=lambda: limits(seconds))
        if run.returncode:
            failed = re.findall(rb"^test (\S+) \.\.\.", run.stdout, re.M)
            how = "timeout" if run.returncode in (-24, -9) else "caught"
            return {"id": mutant["id"], "name": mutant["name"], "how": how, "by": failed[-1].decode() if failed else None}
    return {"id": mutant["id"], "name": mutant["name"], "how": "missed"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tests", default="lib", help="the library's own tests (lib), or an integration test by name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=int, default=30, help="CPU seconds after which a mutant counts as endless")
    options = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    mutants = [mutant | {"id": number} for number, mutant in enumerate(listed(), 1)]
    program, left = build(mutants, options.tests)
    (PLACE / "left.txt").write_text("".join(f"{m['name']}  ({left[m['id']]})\n" for m in mutants if left.get(m["id"], "unviable") != "unviable"))

    outcomes = PLACE / "outcomes.jsonl"
    known = [json.loads(line) for line in outcomes.read_text().splitlines()] if outcomes.exists() else []
    done = {r["name"] for r in known if r["how"] != "missed" or options.tests in r["tests"]}
    waiting = [mutant for mutant in mutants if mutant["id"] not in left and mutant["name"] not in done]
    random.Random(1).shuffle(waiting)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                mutant = waiting.pop()
            found = outcome(mutant, program, options.tests, options.seconds)
            with lock, outcomes.open("a") as file:
                earlier = next((r["tests"] for r in reversed(known) if r["name"] == found["name"]), [])
                file.write(json.dumps(found | {"tests": [*earlier, options.tests]}) + "\n")

    workers = [threading.Thread(target=work) for _ in range(options.jobs)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]

    last = {r["name"]: r for r in map(json.loads, outcomes.read_text().splitlines())}
    table = defaultdict(Counter)
    for mutant in mutants:
        how = last[mutant["name"]]["how"] if mutant["name"] in last else "unviable" if left.get(mutant["id"]) == "unviable" else "left"
        table["/".join(mutant["file"].split("/")[:2])][how] += 1
    for folder, count in sorted(table.items()):
        viable = count["caught"] + count["timeout"] + count["missed"]
        print(f"{folder}: {count['caught'] + count['timeout']} of {viable} caught ({(count['caught'] + count['timeout']) / max(viable, 1):.1%}); {dict(count)}")
    (PLACE / "missed.txt").write_text("".join(sorted(f"{r['name']}\n" for r in last.values() if r["how"] == "missed")))


if __name__ == "__main__":
    main()
