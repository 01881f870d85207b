"""Journal, spools, records, images and index are damaged while nobody runs: flipped, cut off, zeroed, overwritten, deleted.
The programs start, say what is wrong, lose what was hit and nothing else; and `picket-hub fsck --repair` puts right what a
start does not.

usage: corrupt.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import contextlib
import sqlite3
import subprocess
import time

import segments
from world import ALWAYS, FOLDER, PATIENCE_S, Failed, World, check, run

WORK_S = 1.5
# What was sent so long ago has been written: the time that one write takes, on a busy machine.
WRITTEN_S = 3
WAYS = [segments.flip, segments.zero, segments.garbage, segments.cut, segments.delete]


def damage(folder, dice, way):
    """Does it somewhere in one of the segments below; gives the ids that may be lost."""
    lying = segments.records(folder)
    check(lying, f"nothing lies in {folder}")
    victim = dice.choice(lying)
    of_log = [record for record in lying if record.file.parent == victim.file.parent]
    start, end = way(victim.file, dice.randrange(victim.start, victim.end))
    return segments.touched(of_log, victim.file, start, end)


def journal(world, dice, way):
    """The hub is killed while much waits in its journal: somebody else holds the index."""
    world.start()
    world.wait_for_progress()
    with contextlib.closing(sqlite3.connect(world.hub.data / "picket.db", isolation_level=None, timeout=30)) as index:
        index.execute("BEGIN IMMEDIATE")
        time.sleep(WORK_S)
        world.hub.kill()
        index.execute("ROLLBACK")
    return damage(world.hub.data / "journal", dice, way)


def spool(world, dice, way):
    """The nodes are killed while much waits in their spools; what is promised is what is left of it."""
    nodes = world.loads[0]
    world.start()
    world.wait_for_progress()
    world.hub.kill()
    time.sleep(WORK_S)
    sent = nodes.sent()
    time.sleep(WRITTEN_S)
    nodes.kill()
    return sent, damage(nodes.spool, dice, way)


@contextlib.contextmanager
def blaming(damage_done):
    try:
        yield
    except Failed as failure:
        raise Failed(f"{damage_done}: {failure}") from failure


def fsck(world, *options):
    command = [FOLDER / "picket-hub", "fsck", "--data", world.hub.data, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)


def has_fsck():
    return subprocess.run([FOLDER / "picket-hub", "fsck", "--help"], capture_output=True).returncode == 0


def index_and_records(world, dice):
    """Done one after the other to a hub at rest; gives the files that were damaged themselves."""
    data = world.hub.data
    index, records = data / "picket.db", sorted(data.glob("records/*.jsonl"))[-1]
    images = sorted(str(path.relative_to(data)) for path in data.glob("images/2*/*.jpg"))
    victims = dice.sample(images, 2)

    def repaired(what):
        # Lines, so that it can be read by a program; the exit status says whether anything is wrong.
        found = fsck(world)
        check(found.returncode == 1, f"fsck finds nothing wrong with {what}: {found.stdout}{found.stderr}")
        mended = fsck(world, "--repair")
        check(mended.returncode in (0, 1), f"fsck --repair fails with {what}: {mended.stdout}{mended.stderr}")
        again = fsck(world)
        check(again.returncode == 0, f"after a repair fsck still finds with {what}: {again.stdout}{again.stderr}")

    segments.flip(data / victims[0], 500)
    repaired("a changed image")
    (data / victims[1]).unlink()
    repaired("a lost image")
    for side in "-wal", "-shm":
        index.with_name(f"picket.db{side}").unlink(missing_ok=True)
    index.unlink()
    repaired("a lost index")
    segments.zero(index, 0)
    repaired("an index without a beginning")
    segments.cut(index, index.stat().st_size // 2)
    repaired("half an index")
    with open(records, "ab") as opened:
        opened.write(b'{"number": 7, "kind"')
    return set(victims)


def main(times, dice):
    lost, promised = set(), set()
    with World() as world:
        world.add_hub()
        world.add_load("nodes", more=[ALWAYS])
        for _ in range(times):
            for way in WAYS:
                with blaming(f"journal and spool, {way.__name__}"):
                    lost |= journal(world, dice, way)
                    sent, hit = spool(world, dice, way)
                    promised |= sent
                    lost |= hit
                    world.judge(promised=promised, lost=lost)
        words = sum(" WARN " in line or " ERROR " in line for line in world.hub.lines())
        check(words, "the hub has found nothing wrong with its journal")
        damaged = set()
        also = "; NOT CHECKED, this picket-hub has no fsck"
        if has_fsck():
            damaged = index_and_records(world, dice)
            also = "; index, images and records damaged and repaired"
        acknowledged = world.judge(promised=promised, lost=lost, damaged=damaged)
    return (
        f"{2 * len(WAYS) * times} damages to journal and spools that hit {len(lost)} messages{also}; of {acknowledged:,} others "
        f"each is stored once"
    )


if __name__ == "__main__":
    run(main)
