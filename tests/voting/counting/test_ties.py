from hashlib import sha256

from voting.counting.ties import TieBreak

OPTIONS = ("Ada", "Bo", "Cy", "Ärzte")


def test_without_a_seed_the_listed_order_holds() -> None:
    ties = TieBreak()
    assert ties.order(OPTIONS) == (0, 1, 2, 3)
    assert ties.favoured([2, 1], OPTIONS) == 1
    assert ties.least_favoured([2, 1], OPTIONS) == 2
    assert ties.how == "order of options"


def test_with_a_seed_anyone_can_repeat_the_order() -> None:
    seed = bytes(range(32))
    by_hand = sorted(OPTIONS, key=lambda name: sha256(seed + name.encode("utf-8")).digest())
    assert [OPTIONS[option] for option in TieBreak(seed).order(OPTIONS)] == by_hand
    assert TieBreak(seed).how == "seed"


def test_the_order_does_not_depend_on_how_options_are_listed() -> None:
    seed = b"root"
    turned = OPTIONS[::-1]
    order = [OPTIONS[option] for option in TieBreak(seed).order(OPTIONS)]
    assert order == [turned[option] for option in TieBreak(seed).order(turned)]


def test_another_seed_gives_another_order() -> None:
    orders = {TieBreak(bytes([number])).order(OPTIONS) for number in range(100)}
    assert len(orders) > 15


def test_lots_stand_before_all_else() -> None:
    ties = TieBreak(b"root", ("Cy", "Ada"))
    assert ties.order(OPTIONS)[:2] == (2, 0)
    assert set(ties.order(OPTIONS)[2:]) == {1, 3}
    assert ties.how == "lots"
