import json

from sqlmodel import Session

from accounts.models import User
from guilds.charter import DecisionKind, Method
from guilds.models import Guild
from tests.builders import MEANS, NOW, make_proposal, make_user
from tests.voting.conftest import BUDGET
from voting import amending, casting, closing, debate, exporting, services, substance
from voting.debate_models import Stance


def test_a_person_takes_along_all_they_put_said_and_cast(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    shared = make_proposal(
        db,
        guild,
        alice,
        kind=DecisionKind.SPEND,
        topic="Park",
        method=Method.EQUAL_SHARES,
        options=BUDGET,
        settings={"budget": "500"},
    )
    greedy = substance.decided_by(substance.terms_of(db, shared), Method.GREEDY)
    amendment = amending.propose_amendment(
        db,
        shared,
        text=shared.text,
        terms=greedy,
        reason="Easier.",
        base_version=1,
        actor=bob,
        now=NOW,
    )
    amending.speak(db, amendment, actor=alice, is_for=False, now=NOW)
    debate.comment(db, shared, actor=bob, text="Why so?", stance=Stance.QUESTION, now=NOW)
    services.open_voting(db, shared, now=shared.opens_at)
    casting.cast_ballot(db, shared, actor=bob, marks="1-", now=shared.opens_at)
    closing.close_proposal(db, shared, MEANS, now=shared.closes_at)

    section, hers = exporting.export_of_user(alice, db=db)
    _, his = exporting.export_of_user(bob, db=db)
    assert section == "voting"
    (put,) = hers["proposals"]
    assert (put["kind"], put["topic"], put["method"]) == ("spend", "Park", "equal-shares")
    assert [(one["name"], one["cost"]) for one in put["options"]] == [
        ("Bench", "300"),
        ("Swing", "200"),
    ]
    assert hers["voices"] == [
        {"proposal": shared.title, "amendment": "Easier.", "voice": "against"}
    ]
    assert hers["supported"] == []
    assert [one["terms"]["settings"]["method"] for one in his["amendments"]] == ["greedy"]
    assert [(one["text"], one["stance"]) for one in his["comments"]] == [("Why so?", "question")]
    assert [one["marks"] for one in his["ballots"]] == ["1-"]
    assert json.loads(json.dumps([hers, his])) == [hers, his]
    _, nothing = exporting.export_of_user(make_user(db, "carla"), db=db)
    assert not any(nothing.values())
