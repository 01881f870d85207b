"""SIGKILL of the hub, of the nodes, of both, at random moments, while nodes with spools on disk and old senders are at work.
The judge looks at the end of each block of rounds.

usage: kills.py FOLDER_OF_PROGRAMS [TIMES [SEED]]"""

import concurrent.futures
import random
import time

from world import QUICK_S, Failed, World, check, run

# Two worlds beside each other, each so often.
WORLDS = 2
ROUNDS = 100
BLOCK = 25
LIVES_S = (0.2, 1.5)
# One in so many is killed again while it is still starting.
EARLY_EVERY = 8
VICTIMS = ["hub", "nodes", "hub and nodes", "hub and nodes and old senders"]


def kill(world, victims):
    for load in world.loads:
        if load.name in victims.replace("old senders", "olds"):
            load.kill()
    if "hub" in victims:
        world.hub.kill()


def one_world(seed, rounds):
    dice = random.Random(seed)
    slowest, done = 0, []
    try:
        with World() as world:
            world.add_hub()
            world.add_load("nodes")
            world.add_load("olds", old=True)
            while len(done) < rounds:
                victims = dice.choice(VICTIMS)
                done.append(victims)
                slowest = max(slowest, world.start() or 0)
                early = len(done) % EARLY_EVERY == 0
                time.sleep(dice.uniform(*(0, 0.1) if early else LIVES_S))
                kill(world, victims)
                if len(done) % BLOCK == 0:
                    acknowledged = world.judge()
    except Failed as failure:
        raise Failed(f"world {seed}, after {len(done)} rounds ({', '.join(done[-3:])}): {failure}") from failure
    return acknowledged, slowest


def main(times, dice):
    seeds = [dice.randrange(10**6) for _ in range(WORLDS)]
    with concurrent.futures.ThreadPoolExecutor(WORLDS) as pool:
        worlds = list(pool.map(lambda seed: one_world(seed, ROUNDS * times), seeds))
    acknowledged, slowest = sum(world[0] for world in worlds), max(world[1] for world in worlds)
    check(slowest < QUICK_S, f"a restart took {slowest:.1f} s")
    return (
        f"{WORLDS * ROUNDS * times} rounds of kills, {acknowledged:,} acknowledged messages, each stored once; the slowest "
        f"restart took {slowest:.1f} s"
    )


if __name__ == "__main__":
    run(main)
