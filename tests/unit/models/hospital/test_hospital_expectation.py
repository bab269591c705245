"""What the hidden process leads one to expect is what happens on average."""

from __future__ import annotations

import numpy as np
from simulated_world import START

from models.hospital.hidden import GONE
from models.hospital.outlook import credits, effects_of, outlook
from models.hospital.touches import Campaign
from models.hospital.world import World

AS_OF, HORIZON = 40, 30


def test_chances_and_spending_agree_with_what_follows() -> None:
    chance, yuan, came, spent = [], 0.0, [], 0.0
    for seed in range(2):
        world = World(seed, START, 3000)
        for day in range(AS_OF):
            world.day(day)
        rows, expected = outlook(world, AS_OF, (HORIZON,))
        before, seen = world.spent.copy(), np.zeros(len(world.realm.accounts), dtype=bool)
        for day in range(AS_OF, AS_OF + HORIZON):
            world.day(day)
            seen |= world.realm.last_visit == day
        chance.append(expected.active)
        came.append(seen[rows])
        yuan += float(expected.yuan[HORIZON].sum())
        spent += float((world.spent - before)[rows].sum())
    p, y = np.concatenate(chance), np.concatenate(came)
    for low, high in ((0.0, 0.5), (0.5, 0.85), (0.85, 0.97), (0.97, 1.01)):
        part = (p >= low) & (p < high)
        margin = 4 * np.sqrt(0.25 / part.sum())
        assert abs(p[part].mean() - y[part].mean()) < margin
    assert abs(yuan / spent - 1) < 0.25


def test_expectations_do_not_see_the_realised_future() -> None:
    one, other = World(7, START, 500), World(7, START, 500)
    for day in range(20):
        one.day(day)
        other.day(day)
    before = outlook(one, 20, (30,))[1]
    for day in range(20, 25):
        one.day(day)
    assert (before.active == outlook(other, 20, (30,))[1].active).all()


def test_messages_help_some_do_nothing_to_others_and_harm_a_few() -> None:
    world = World(7, START, 3000)
    for day in range(30):
        world.day(day)
    everyone = np.flatnonzero(world.realm.state.mode != GONE)
    everyone = everyone[world.realm.accounts.registered[everyone] < 30].astype(np.int64)
    effects = effects_of(world, Campaign("RCT-X", 30, everyone, np.ones(len(everyone), np.int64), True), 30)
    by = effects["active_by_coupon"]
    assert by[effects["response"] == 1].mean() > 0.01
    assert abs(by[effects["response"] == 0]).max() < 1e-5
    assert by[effects["response"] == 2].mean() < 0


def test_advertisements_bring_orders() -> None:
    world = World(7, START, 3000)
    for day in range(20):
        world.day(day)
    table = dict(zip(credits(world, 20)["channel"], credits(world, 20)["orders"], strict=True))
    assert table["search_ad"] > 0
    assert table["search_ad"] > table["email"]
