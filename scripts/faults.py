#!/usr/bin/env python3
"""What demarche does when things go wrong: makes each fault, looks at what happens, and prints a table in Markdown.

    cargo build --release && scripts/faults.py target/release/demarche

Python's standard library is all it needs; Linux is assumed. What only root can make (a full disk, a quota) is skipped for others; what root does
not feel (a folder without the right to write) is done as `nobody`. Everything is made in a temporary folder and removed. Ends with 1 if
anything was not as expected.
"""

import argparse
import contextlib
import ctypes
import gzip
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

MIB = 1 << 20
NOBODY = 65534
WORDS = (
    "the ministry will never accept talks on border warned of threat we welcome and agreed to regret sanctions against partners trade "
    "open figures report said that force must respond if they refuse our offer"
).split()
# What lies where a result is to go.
OLD = b"old\n"
LABELS = ["conciliatory", "neutral", "warning"]


class Wrong(Exception):
    """It was not as expected."""


class Skipped(Exception):
    """The fault cannot be made here."""


def check(holds, what):
    if not holds:
        raise Wrong(what)


# What is read and written ---------------------------------------------------------------------------------------------------------


def statement(rng):
    return " ".join(rng.choice(WORDS) for _ in range(20))


def statements(rows, seed=1):
    rng = random.Random(seed)
    return "".join(["id,text\n"] + [f"{i},{statement(rng)}\n" for i in range(rows)])


def labelled(rows, seed=1):
    rng = random.Random(seed)
    return "".join(["text,label\n"] + [f"{statement(rng)},{rng.choice(LABELS)}\n" for _ in range(rows)])


def endless(header, row, size):
    """A header and rows of about `size` bytes, in pieces of a mebibyte."""
    piece = (row * (MIB // len(row) + 1)).encode()
    yield header.encode()
    for _ in range(max(1, size // len(piece))):
        yield piece


def zstd(data, run=None):
    """A zstd frame by hand: blocks as they are, or `run` repetitions of one byte."""
    frame = b"\x28\xb5\x2f\xfd" + bytes([0x00, 0x38])  # no checksum, a window of 128 KiB
    most = 128 * 1024

    def header(last, kind, size):
        return struct.pack("<I", size << 3 | kind << 1 | last)[:3]

    if run is not None:
        for place in range(0, run, most):
            frame += header(place + most >= run, 1, min(most, run - place)) + data
    else:
        for place in range(0, len(data), most):
            part = data[place : place + most]
            frame += header(place + most >= len(data), 0, len(part)) + part
    return frame


# How the program is run -----------------------------------------------------------------------------------------------------------


class Ran:
    def __init__(self, code, stderr, lines, memory):
        self.code, self.stderr, self.lines, self.memory = code, stderr, lines, memory

    def ended(self):
        return f"signal {-self.code} ({signal.Signals(-self.code).name})" if self.code < 0 else f"exit {self.code}"

    def fails(self, *parts):
        """Asserts one clear sentence, and gives it back."""
        said = self.stderr.strip()
        check(self.code == 1, f"{self.ended()}: {said}")
        check(said.startswith("error: ") and "\n" not in said, f"not one sentence: {said}")
        for part in parts:
            check(part in said, f"`{part}` is missing in: {said}")
        return f"{self.ended()}, “{shorten(said.removeprefix('error: '))}”"

    def succeeds(self, lines=None):
        check(self.code == 0, f"{self.ended()}: {self.stderr.strip()}")
        check(lines is None or self.lines == lines, f"{self.lines} lines instead of {lines}")
        return self.ended()


def shorten(text, most=150):
    return text if len(text) <= most else text[: most - 1] + "…"


class Bench:
    """A folder, the program, and ways to run it."""

    def __init__(self, binary, folder, options):
        self.folder, self.options = folder, options
        self.binary = folder / "demarche"
        shutil.copy(binary, self.binary)
        self.binary.chmod(0o755)
        self.rng = random.Random(options.seed)
        self.is_root = os.geteuid() == 0

    def path(self, name, content=None):
        path = self.folder / name
        if content is not None:
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def fresh(self, name):
        """An empty folder that anyone may write to."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        folder.chmod(0o777)
        return folder

    def start(self, *args, limits=None, as_nobody=False, ignored=None, **streams):
        def prepare():
            # Python ignores these; a shell's child does not.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            if ignored:
                signal.signal(ignored, signal.SIG_IGN)
            for limit, value in (limits or {}).items():
                resource.setrlimit(limit, (value, value))
            if as_nobody and self.is_root:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)

        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        for name in ("stdin", "stdout", "stderr"):
            streams.setdefault(name, subprocess.DEVNULL)
        command = [self.binary, *map(str, args)]
        return subprocess.Popen(command, cwd=self.folder, env=environment, preexec_fn=prepare, **streams)

    def run(self, *args, given=None, **how):
        """Runs to the end, with an iterable of bytes as standard input; counts the lines of standard output."""
        with tempfile.TemporaryFile() as stderr:
            stdin = subprocess.DEVNULL if given is None else subprocess.PIPE
            process = self.start(*args, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, **how)

            def feed():
                with contextlib.suppress(BrokenPipeError):
                    for piece in given:
                        process.stdin.write(piece)
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()

            # The system's own figure at the end counts the copy of Python that the program was started from.
            memory = 0

            def watch():
                nonlocal memory
                with contextlib.suppress(OSError, ProcessLookupError):
                    while process.returncode is None:
                        if os.readlink(f"/proc/{process.pid}/exe") == str(self.binary):
                            status = Path(f"/proc/{process.pid}/status").read_text()
                            peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
                            memory = max([memory] + [int(peak) * 1024 for peak in peaks])
                        time.sleep(0.01)

            watcher = threading.Thread(target=watch, daemon=True)
            watcher.start()
            feeder = threading.Thread(target=feed, daemon=True)
            if given is not None:
                feeder.start()
            lines = 0
            while piece := process.stdout.read(MIB):
                lines += piece.count(b"\n")
            process.stdout.close()
            process.wait()
            watcher.join()
            if given is not None:
                feeder.join()
            stderr.seek(0)
            said = stderr.read().decode(errors="replace")
            return Ran(process.returncode, said, lines, memory)

    def needs_root(self):
        if not self.is_root:
            raise Skipped("only root can make it")

    @contextlib.contextmanager
    def mounted(self, *how):
        """A small file system."""
        self.needs_root()
        folder = self.fresh("mounted")
        if subprocess.run(["mount", *how, folder], capture_output=True).returncode != 0:
            raise Skipped(f"`mount {' '.join(map(str, how))}` does not work here")
        try:
            folder.chmod(0o777)
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)

    def disk(self, size):
        return self.mounted("-t", "tmpfs", "-o", f"size={size}", "demarche-faults")

    @contextlib.contextmanager
    def quota(self, kilobytes):
        """A file system on which `nobody` may use so much."""
        self.needs_root()
        image = self.folder / "quota.img"
        with open(image, "wb") as file:
            file.truncate(16 * MIB)
        if not shutil.which("mkfs.ext4"):
            raise Skipped("there is no mkfs.ext4")
        subprocess.run(["mkfs.ext4", "-q", "-O", "quota", image], check=True)
        with self.mounted("-o", "loop,usrquota", image) as folder:
            device = next(line.split()[0] for line in open("/proc/mounts") if f" {folder} " in line)
            # quotactl(2): Q_SETQUOTA for a user; a struct if_dqblk of which only the hard limit of blocks is set.
            limits = struct.pack("=8QI", kilobytes, kilobytes, 0, 0, 0, 0, 0, 0, 1)
            if ctypes.CDLL(None, use_errno=True).quotactl(0x800008 << 8, device.encode(), NOBODY, limits) != 0:
                raise Skipped(f"no quota can be set: {os.strerror(ctypes.get_errno())}")
            yield folder


def parts(folder):
    return [name for name in os.listdir(folder) if name.startswith(".demarche-")]


def keeps_old(folder, path):
    check(path.read_bytes() == OLD, f"{path.name} is not what it was")
    check(not parts(folder), f"left behind: {parts(folder)}")
    return "the old file stands, nothing beside it"


# The faults -----------------------------------------------------------------------------------------------------------------------

FAULTS = []


def fault(what, expected):
    def add(function):
        FAULTS.append((what, expected, function))
        return function

    return add


def kill_often(bench, folder, args, path):
    """Kills the program at random moments; what lies at `path` must be what was there, or what a whole run writes."""
    path.write_bytes(OLD)
    started = time.monotonic()
    bench.run(*args).succeeds()
    took = time.monotonic() - started
    new = path.read_bytes()
    check(new != OLD, "the new file is the old one")
    seen = {"old": 0, "new": 0}
    for _ in range(bench.options.kills):
        path.write_bytes(OLD)
        process = bench.start(*args)
        time.sleep(bench.rng.uniform(0, 1.1 * took))
        process.kill()
        process.wait()
        found = path.read_bytes()
        check(found in (OLD, new), f"{len(found)} bytes that are neither the old file nor the new one")
        seen["new" if found == new else "old"] += 1
    left = len(parts(folder))
    check(left == 0, f"{left} files left behind")
    return f"{seen['old']} × the old file, {seen['new']} × the new one, nothing beside them"


@fault("`kill -9` at random moments of `train -o`", "the old model or the new one, whole; nothing beside it on Linux")
def _(bench):
    folder = bench.fresh("kill-train")
    data = bench.path("labelled.csv", labelled(3000))
    return kill_often(bench, folder, ["train", data, "--cv", "0", "-o", folder / "m.demarche"], folder / "m.demarche")


@fault("`kill -9` at random moments of `predict -o`", "the old file or the new one, whole; nothing beside it on Linux")
def _(bench):
    folder = bench.fresh("kill-predict")
    data = bench.path("statements.csv", statements(40_000))
    return kill_often(bench, folder, ["predict", data, "-o", folder / "out.csv"], folder / "out.csv")


@fault("Ctrl-C and `SIGTERM` in the middle of `predict -o`", "ended by the signal; the old file, nothing beside it")
def _(bench):
    seen = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        folder = bench.fresh("signal")
        path = bench.path("signal/out.csv", OLD)
        process = bench.start("predict", "-o", path, stdin=subprocess.PIPE)
        process.stdin.write(statements(20_000).encode())
        process.stdin.flush()
        time.sleep(0.3)
        process.send_signal(number)
        check(process.wait() == -number, f"exit {process.returncode}")
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        seen.append(number.name)
        kept = keeps_old(folder, path)
    return f"{', '.join(seen)}: {kept}"


@fault("a full disk (`-o` on a tmpfs of 1 MB)", "exit 1, names the output; the old file, nothing beside it")
def _(bench):
    data = bench.path("statements.csv", statements(40_000))
    with bench.disk("1m") as folder:
        path = bench.path("mounted/out.csv", OLD)
        seen = bench.run("predict", data, "-o", path).fails("out.csv", "No space left")
        return f"{seen}; {keeps_old(folder, path)}"


@fault("a full disk while a model is written", "exit 1, names the model; the old model, nothing beside it")
def _(bench):
    data = bench.path("labelled.csv", labelled(3000))
    with bench.disk("16k") as folder:
        path = bench.path("mounted/m.demarche", OLD)
        seen = bench.run("train", data, "--cv", "0", "-o", path).fails("m.demarche", "No space left")
        return f"{seen}; {keeps_old(folder, path)}"


@fault("a full disk behind standard output (`> /dev/full`)", "exit 1, blames the output and not the input")
def _(bench):
    data = bench.path("statements.csv", statements(2000))
    with open("/dev/full", "wb") as full, tempfile.TemporaryFile() as stderr:
        process = bench.start("predict", data, stdout=full, stderr=stderr)
        code = process.wait()
        stderr.seek(0)
        return Ran(code, stderr.read().decode(), 0, 0).fails("standard output: No space left")


@fault("a quota of 1 MB (ext4, as `nobody`)", "exit 1, names the output; the old file, nothing beside it")
def _(bench):
    data = bench.path("statements.csv", statements(40_000))
    with bench.quota(1000) as folder:
        path = bench.path("mounted/out.csv", OLD)
        path.chmod(0o666)
        seen = bench.run("predict", data, "-o", path, as_nobody=True).fails("out.csv", "uota exceeded")
        return f"{seen}; {keeps_old(folder, path)}"


@fault("a bound on file sizes (`ulimit -f`), its signal ignored", "exit 1, names the output; the old file, nothing beside it")
def _(bench):
    data = bench.path("statements.csv", statements(40_000))
    folder = bench.fresh("bounded")
    path = bench.path("bounded/out.csv", OLD)
    limits = {resource.RLIMIT_FSIZE: MIB}
    seen = bench.run("predict", data, "-o", path, limits=limits, ignored=signal.SIGXFSZ).fails("out.csv", "File too large")
    return f"{seen}; {keeps_old(folder, path)}"


@fault("the same, with the signal", "ended by `SIGXFSZ`; the old file, nothing beside it")
def _(bench):
    data = bench.path("statements.csv", statements(40_000))
    folder = bench.fresh("bounded")
    path = bench.path("bounded/out.csv", OLD)
    ran = bench.run("predict", data, "-o", path, limits={resource.RLIMIT_FSIZE: MIB})
    check(ran.code == -signal.SIGXFSZ, ran.ended())
    return f"{ran.ended()}; {keeps_old(folder, path)}"


@fault("a folder without the right to write", "exit 1 before any work; the old file, nothing beside it")
def _(bench):
    data = bench.path("labelled.csv", labelled(300))
    folder = bench.fresh("read-only")
    path = bench.path("read-only/out", OLD)
    folder.chmod(0o555)
    try:
        bench.run("predict", data, "-o", path, as_nobody=True).fails("out", "Permission denied")
        seen = bench.run("train", data, "-o", path, as_nobody=True).fails("out", "Permission denied")
        return f"{seen}; {keeps_old(folder, path)}"
    finally:
        folder.chmod(0o777)


@fault("an input without the right to read, one that is missing, one that is a folder", "exit 1, names the input")
def _(bench):
    path = bench.path("secret.csv", statements(3))
    path.chmod(0)
    seen = bench.run("predict", path, as_nobody=True).fails("secret.csv", "Permission denied")
    bench.run("predict", "missing.csv").fails("missing.csv", "No such file")
    bench.fresh("folder.csv")
    bench.run("train", "folder.csv").fails("folder.csv", "folder")
    return seen


def changed_while_read(bench, change):
    """Runs `predict` on a file that `change` is done to after the first of its output."""
    path = bench.path("changing.csv", statements(200_000))
    os.utime(path, (1, 1))
    with tempfile.TemporaryFile() as stderr:
        process = bench.start("predict", path, stdout=subprocess.PIPE, stderr=stderr)
        lines = process.stdout.read(4096).count(b"\n")
        change(path)
        lines += process.stdout.read().count(b"\n")
        code = process.wait()
        stderr.seek(0)
        return Ran(code, stderr.read().decode(), lines, 0)


@fault("an input that is cut short while it is read", "exit 1, says so; the rows so far were written")
def _(bench):
    ran = changed_while_read(bench, lambda path: os.truncate(path, path.stat().st_size // 2 // 4096 * 4096))
    # The cut goes through a row as a rule; either is a clear answer.
    return ran.fails("changing.csv", "changed while it was read" if "changed" in ran.stderr else "row ")


@fault("an input that is written over while it is read", "exit 1, says so")
def _(bench):
    def overwrite(path):
        with open(path, "r+b") as file:
            file.seek(-100, os.SEEK_END)
            file.write(b"9")

    return changed_while_read(bench, overwrite).fails("changing.csv", "changed while it was read")


@fault("an input that is added to while it is read, as a log is", "exit 0, what was added is read")
def _(bench):
    def add(path):
        with open(path, "ab") as file:
            file.write(b"200000,we will respond\n")

    return changed_while_read(bench, add).succeeds(200_002) + ", all rows"


@fault("`.gz` and `.zst` cut short, or with a flipped bit", "exit 1, says that the compressed data are cut short or damaged")
def _(bench):
    data = statements(20_000).encode()
    packed = {"gz": gzip.compress(data, 6), "zst": zstd(data)}
    for kind, content in packed.items():
        bench.path(f"cut.csv.{kind}", content[: len(content) // 2])
        seen = bench.run("predict", f"cut.csv.{kind}").fails(f"cut.csv.{kind}", "cut short")
        bench.path(f"empty.csv.{kind}", b"")
        bench.run("predict", f"empty.csv.{kind}").fails("cut short")
    flipped = bytearray(packed["gz"])
    flipped[len(flipped) // 2] ^= 16
    bench.path("flipped.csv.gz", bytes(flipped))
    bench.run("predict", "flipped.csv.gz", "--on-error", "skip").stderr.index("damaged")
    return seen


@fault("`.gz` and `.zst` of several parts one behind the other", "exit 0, all parts are read")
def _(bench):
    header, rows = b"id,text\n", b"1,we will respond\n" * 1000
    bench.path("parts.csv.gz", gzip.compress(header + rows) + gzip.compress(rows))
    bench.path("parts.csv.zst", zstd(header + rows) + zstd(rows))
    for kind in ("gz", "zst"):
        seen = bench.run("predict", f"parts.csv.{kind}").succeeds(2001)
    return f"{seen}, 2000 rows of 2000"


@fault("a decompression bomb (`.gz` 1:1000, `.zst` 1:30,000), in `predict`, `train` and `extract`", "exit 1, refused; less than 128 MiB of memory")
def _(bench):
    size = 200 * MIB
    bench.path("bomb.csv.gz", gzip.compress(b"text,label\n" + b"\n" * size, 9))
    bench.path("bomb.csv.zst", zstd(b"text,label\n") + zstd(b"\n", run=size))
    bench.path("bomb.txt.gz", gzip.compress(b" " * size, 9))
    most = 0
    for args in (["predict", "bomb.csv.gz"], ["predict", "bomb.csv.zst"], ["train", "bomb.csv.gz"], ["train", "bomb.csv.zst"]):
        ran = bench.run(*args)
        seen = ran.fails(args[1], "decompression bomb")
        most = max(most, ran.memory)
    ran = bench.run("extract", "bomb.txt.gz")
    ran.fails("bomb.txt.gz", "more than")
    most = max(most, ran.memory)
    check(most < 128 * MIB, f"{most / MIB:.0f} MiB")
    return f"{seen}; at most {most / MIB:.0f} MiB"


@fault("a slow pipe", "each row is answered before the next one comes")
def _(bench):
    process = bench.start("predict", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"id,text\n")
    for i in range(5):
        process.stdin.write(f"{i},we will respond\n".encode())
        process.stdin.flush()
        while not process.stdout.readline().startswith(f"{i},".encode()):
            check(process.poll() is None, "it has ended")
    process.stdin.close()
    rest = process.stdout.read()
    check(process.wait() == 0 and rest == b"", f"exit {process.returncode}, {rest!r}")
    return "exit 0, five answers to five rows, one at a time"


@fault("a pipe whose reader goes away (`| head -1`)", "exit 0, silent")
def _(bench):
    data = bench.path("statements.csv", statements(40_000))
    with tempfile.TemporaryFile() as stderr:
        process = bench.start("predict", data, stdout=subprocess.PIPE, stderr=stderr)
        process.stdout.readline()
        process.stdout.close()
        code = process.wait()
        stderr.seek(0)
        said = stderr.read().decode()
    check(code == 0 and not said, f"exit {code}: {said}")
    return "exit 0, nothing on standard error"


@fault("a pipe whose writer dies in the middle of a row", "exit 1, names the row; with `-o` the old file, nothing beside it")
def _(bench):
    folder = bench.fresh("dying")
    path = bench.path("dying/out.csv", OLD)
    half = b"id,text,source\n1,we will respond,a\n2,we wel"
    seen = bench.run("predict", "-o", path, given=[half]).fails("row 2 (line 3)", "fields")
    return f"{seen}; {keeps_old(folder, path)}"


@fault("out of file handles (`ulimit -n 4`)", "exit 1, says so; the old file, nothing beside it")
def _(bench):
    data = bench.path("statements.csv", statements(100))
    folder = bench.fresh("handles")
    path = bench.path("handles/out.csv", OLD)
    seen = bench.run("predict", data, "-o", path, limits={resource.RLIMIT_NOFILE: 4}).fails("Too many open files")
    return f"{seen}; {keeps_old(folder, path)}"


@fault("500 articles in a folder with 16 file handles", "exit 0, all are read")
def _(bench):
    folder = bench.fresh("articles")
    for i in range(500):
        (folder / f"{i:03}.txt").write_text(f"“We will respond,” said Minister Anna Berg on day {i}.\n\nNothing else happened.\n")
    ran = bench.run("extract", folder, limits={resource.RLIMIT_NOFILE: 16})
    return f"{ran.succeeds(501)}, {ran.lines - 1} statements"


@fault("no more threads (`ulimit -u`, as `nobody`)", "exit 1, says to use `--threads 1`, which works")
def _(bench):
    data = bench.path("statements.csv", statements(100))
    limits = {resource.RLIMIT_NPROC: 1}
    seen = bench.run("predict", data, "--threads", "4", limits=limits, as_nobody=True).fails("--threads 1")
    bench.run("predict", data, "--threads", "1", limits=limits, as_nobody=True).succeeds(101)
    return seen


@fault("256 MB of address space (`ulimit -v`) and {size} of input, in `predict`", "exit 0, all rows, in constant memory")
def _(bench):
    row = "1,the ministry said that it will respond if they refuse our offer to talk\n"
    size = bench.options.megabytes * 1_000_000
    rows = sum(piece.count(b"\n") for piece in endless("id,text\n", row, size))
    limits = {resource.RLIMIT_AS: 256_000_000}
    ran = bench.run("predict", "--threads", "2", given=endless("id,text\n", row, size), limits=limits)
    return f"{ran.succeeds(rows)}, {rows - 1:,} rows, at most {ran.memory / MIB:.0f} MiB"


@fault("the same with {size} in one row", "exit 1, names the line")
def _(bench):
    size = bench.options.megabytes * 1_000_000
    given = endless('id,text\n1,"', "we will respond ", size)
    ran = bench.run("predict", "--threads", "2", given=given, limits={resource.RLIMIT_AS: 256_000_000})
    return f"{ran.fails('line 2', 'longer than')}; at most {ran.memory / MIB:.0f} MiB"


@fault("the same in `train`, which needs all rows at once", "ends with a message about memory; the old model, nothing beside it")
def _(bench):
    row = "the ministry said that it will respond if they refuse our offer to talk,warning\n"
    folder = bench.fresh("memory")
    path = bench.path("memory/m.demarche", OLD)
    given = endless("text,label\n", row, bench.options.megabytes * 1_000_000)
    ran = bench.run("train", "-", "-o", path, given=given, limits={resource.RLIMIT_AS: 256_000_000})
    check(ran.code not in (0, 101) and "memory" in ran.stderr, f"{ran.ended()}: {ran.stderr}")
    return f"{ran.ended()}, “{shorten(ran.stderr.strip().splitlines()[0])}”; {keeps_old(folder, path)}"


@fault("a device or a model without end for a model (`--model /dev/zero`)", "exit 1, refused at once")
def _(bench):
    ran = bench.run("predict", "--text", "x", "--model", "/dev/zero", limits={resource.RLIMIT_AS: 1_000_000_000})
    return ran.fails("/dev/zero", "not a demarche model file")


@fault("a model file that is cut short or altered", "exit 1, says which")
def _(bench):
    data = bench.path("labelled.csv", labelled(300))
    bench.run("train", data, "--cv", "0", "-o", "m.demarche").succeeds()
    model = bench.path("m.demarche").read_bytes()
    bench.path("cut.demarche", model[:-100])
    bench.path("altered.demarche", model[:-100] + b"x" + model[-99:])
    bench.run("predict", "--text", "x", "--model", "cut.demarche").fails("cut short")
    return bench.run("predict", "--text", "x", "--model", "altered.demarche").fails("damaged")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", type=Path, help="the program, e.g. target/release/demarche")
    parser.add_argument("--kills", type=int, default=100, help="how often each program is killed [100]")
    parser.add_argument("--megabytes", type=int, default=1000, help="how long the endless inputs are, in MB [1000]")
    parser.add_argument("--seed", type=int, default=1, help="where random moments start [1]")
    parser.add_argument("--only", default="", help="only faults whose names hold this")
    options = parser.parse_args()
    size = f"{options.megabytes / 1000:g} GB" if options.megabytes >= 1000 else f"{options.megabytes} MB"
    wrong = 0
    print("| fault | expected | seen |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="demarche-faults-") as folder:
        folder = Path(folder).resolve()
        folder.chmod(0o755)
        bench = Bench(options.binary, folder, options)
        for what, expected, function in FAULTS:
            what = what.format(size=size) if "{size}" in what else what
            if options.only not in what:
                continue
            try:
                seen = function(bench)
            except Skipped as reason:
                seen = f"skipped: {reason}"
            except (Wrong, ValueError) as error:
                wrong += 1
                seen = f"**NOT AS EXPECTED**: {shorten(str(error), 500)}"
            seen = seen.replace(f"{folder}/", "").replace("|", "\\|").replace("\n", " ")
            what = what.replace("|", "\\|")
            print(f"| {what} | {expected} | {seen} |", flush=True)
    if wrong:
        print(f"{wrong} not as expected", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
