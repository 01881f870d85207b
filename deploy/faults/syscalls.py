"""System calls that fail, come late or are not carried out, for one program: strace puts them there (`man strace`,
"Tampering"). Knows no Picket."""

import functools
import shutil
import subprocess

from world import Skipped

# What a program makes its data durable with.
SYNCS = "fdatasync,fsync,syncfs"


def tampering(*rules):
    """How to run a command whose system calls are tampered with: `fdatasync:error=EIO:when=7+9`."""
    if not shutil.which("strace"):
        raise Skipped("there is no strace")
    inside = functools.partial(traced, rules)
    tried = subprocess.run(inside(["true"]), capture_output=True, text=True)
    if tried.returncode != 0:
        raise Skipped(f"strace may not be used here: {tried.stderr.strip()}")
    return inside


def traced(rules, command):
    # The tracer is the grandchild, so that the process is the program's own.
    calls = ",".join(rule.partition(":")[0] for rule in rules)
    injections = [f"--inject={rule}" for rule in rules]
    return ["strace", "-D", "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", f"--trace={calls}", *injections, *command]
