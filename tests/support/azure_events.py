"""Flow logs of Azure with drawn flows, and the normal-form events that each record must give.

Written after Microsoft's pages on flow logs of network security groups (versions 1 and 2) and of
virtual networks (version 4), not after our dialect files.
"""

import json
from random import Random
from typing import Any

Event = dict[str, str | int | float]
PHASES = {"B": "start", "C": "whole", "E": "end"}
MAC = "020000000001"
MOST = 3  # of each level
WITHOUT_PORTS = (1, 58)  # ICMP


def nsg(random: Random) -> tuple[str, list[Event]]:
    """Return a record of a network security group, and its events."""
    version, events, rules = random.choice((1, 2)), list[Event](), []
    for k in range(random.randint(1, MOST)):
        machines = []
        for n in range(random.randint(1, MOST)):
            around: Event = {"rule": f"rule {k}", "observer": f"{MAC[:-1]}{n}"}
            drawn = [_nsg_flow(random, version) for _ in range(random.randint(1, MOST))]
            events += [{**flow, **around} for _, flow in drawn]
            machines.append({"mac": around["observer"], "flowTuples": [text for text, _ in drawn]})
        rules.append({"rule": f"rule {k}", "flows": machines})
    record = {
        "time": "2024-02-29T10:01:00.000Z",
        "category": "NetworkSecurityGroupFlowEvent",
        "properties": {"Version": version, "flows": rules},
    }
    return _alone_or_not(random, record), events


def vnetflow(random: Random) -> tuple[str, list[Event]]:
    """Return a record of a virtual network, and its events."""
    events, lists = list[Event](), []
    for k in range(random.randint(1, MOST)):
        groups = []
        for n in range(random.randint(1, MOST)):
            around: Event = {"rule": f"rule {k}.{n}", "observer": MAC}
            drawn = [_vnet_flow(random) for _ in range(random.randint(1, MOST))]
            events += [{**flow, **around} for _, flow in drawn]
            groups.append({"rule": around["rule"], "flowTuples": [text for text, _ in drawn]})
        lists.append({"aclID": f"acl {k}", "flowGroups": groups})
    record = {
        "time": "2024-02-29T10:01:00.000Z",
        "category": "FlowLogFlowEvent",
        "flowLogVersion": 4,
        "macAddress": MAC,
        "flowRecords": {"flows": lists},
    }
    return _alone_or_not(random, record), events


def _nsg_flow(random: Random, version: int) -> tuple[str, Event]:
    event, ends = _ends(random)
    event["ts"] = float(random.randint(10**9, 19 * 10**8))
    letter, event["transport"] = random.choice((("T", 6), ("U", 17)))
    side = _side(random, event)
    decision, event["action"] = random.choice((("A", "allowed"), ("D", "denied")))
    cells = [f"{event['ts']:.0f}", *ends, letter, side, decision]
    event["phase"] = "whole"
    if version > 1:
        state = "B" if decision == "D" else random.choice("BCE")
        event["phase"] = PHASES[state] if decision == "A" else "whole"
        cells += [state, *([""] * 4 if state == "B" else _counts(random, event))]
    return ",".join(cells), event


def _vnet_flow(random: Random) -> tuple[str, Event]:
    event, ends = _ends(random)
    shown = random.randint(10**12, 19 * 10**11)
    event["ts"] = shown / 1e3
    event["transport"] = random.choice((6, 17, 132, *WITHOUT_PORTS))
    if event["transport"] in WITHOUT_PORTS:
        del event["src_port"], event["dst_port"]
    side = _side(random, event)
    state = random.choice("BCED")
    event["action"] = "denied" if state == "D" else "allowed"
    event["phase"] = PHASES.get(state, "whole")
    counts = _counts(random, event)
    sealed = random.choice(("X", "NX", "NX_HW_NOT_SUPPORTED"))
    return ",".join(
        [str(shown), *ends, str(event["transport"]), side, state, sealed, *counts]
    ), event


def _ends(random: Random) -> tuple[Event, list[str]]:
    """Draw both ends; return them as columns, and as a tuple has them."""
    first = random.choice(("192.0.2.", "2001:db8::"))
    event: Event = {
        "src_ip": f"{first}{random.randint(1, 99)}",
        "dst_ip": f"{first}{random.randint(100, 250)}",
        "src_port": random.randint(1, 65_535),
        "dst_port": random.randint(1, 65_535),
    }
    return event, [str(value) for value in event.values()]


def _side(random: Random, event: Event) -> str:
    side, column = random.choice((("O", "src_local"), ("I", "dst_local")))
    event[column] = 1
    return side


def _counts(random: Random, event: Event) -> list[str]:
    names = ("packets_out", "bytes_out", "packets_in", "bytes_in")
    counts = [random.randint(0, 10**9) for _ in names]
    event.update(zip(names, map(float, counts), strict=True))
    return [str(count) for count in counts]


def _alone_or_not(random: Random, record: dict[str, Any]) -> str:
    """Write a record as a stream gives it, or as a blob does."""
    return json.dumps(random.choice((record, {"records": [record]})))
