"""What schemathesis cannot make up: numbers of events and images that are there, names of nodes, and times. Half of the questions
that are as the description wants them get some, so that not all of them are about nothing. `conform` tells them in $PICKET_KNOWN."""

import json
import os
import random

import schemathesis

KNOWN = json.loads(os.environ["PICKET_KNOWN"])
CHANCE = random.Random(1)


@schemathesis.hook
def before_call(context, case, **_):
    meta = case.meta
    if meta is not None and meta.generation.mode.name == "NEGATIVE" or CHANCE.random() < 0.5:
        return
    path = case.operation.path
    for name in case.path_parameters:
        values = KNOWN["events"] if path.startswith("/api/events") else KNOWN["images"] if name == "number" else KNOWN[name]
        case.path_parameters[name] = CHANCE.choice(values)
    for name in case.query:
        if name in KNOWN and case.query[name] is not None:
            found = CHANCE.choice(KNOWN[name])
            case.query[name] = [found] if isinstance(case.query[name], list) else found
    if path == "/api/reviewed" and isinstance(case.body, dict):
        case.body["events"] = CHANCE.sample(KNOWN["events"], 2)
