from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from accounts.models import User
from guilds.charter import ThresholdBase
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user, make_vote
from tests.conftest import Clock
from tests.statements import collected
from voting import casting, closing, debate, queries
from voting.debate_models import Comment
from voting.models import Ballot, Choice, Proposal, ProposalState

DAY = timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]

pytestmark = pytest.mark.usefixtures("clock_at")


def test_the_list_shows_what_stands_how_and_filters_by_link(
    as_bob: FlaskClient, db: Session, guild: Guild, bob: User
) -> None:
    empty = as_bob.get("/guilds/river-guild/decisions")
    assert empty.status_code == 200
    assert "Decisions will stand here" in empty.text
    make_proposal(db, guild, bob, title="In talk")
    make_vote(db, guild, bob, title="In vote")
    over = make_vote(db, guild, bob, title="All over", now=NOW - 9 * DAY)
    closing.close_proposal(db, over, MEANS, now=NOW)
    page = as_bob.get("/guilds/river-guild/decisions")
    assert "0 of 2 members have voted; 1 is needed" in page.text
    assert titles_in(page.text) == {"In talk", "In vote", "All over"}
    page = as_bob.get("/guilds/river-guild/decisions?show=open")
    assert titles_in(page.text) == {"In talk", "In vote"}
    page = as_bob.get("/guilds/river-guild/decisions?show=decided")
    assert titles_in(page.text) == {"All over"}
    assert as_bob.get("/guilds/river-guild/decisions?show=%00&before=x").status_code == 200


def titles_in(text: str) -> set[str]:
    return {title for title in ("In talk", "In vote", "All over") if title in text}


def test_strangers_and_outsiders_find_nothing(
    client: FlaskClient, db: Session, sign_in: SignIn, guild: Guild, alice: User
) -> None:
    proposal = make_vote(db, guild, alice)
    paths = [
        "/guilds/river-guild/decisions",
        "/guilds/river-guild/decisions/new",
        f"/decisions/{proposal.id}",
        f"/decisions/{proposal.id}/ballots",
        f"/decisions/{proposal.id}/withdraw",
    ]
    for path in paths:
        assert client.get(path).status_code == 302
    sign_in(client, make_user(db, "charlie"))
    for path in paths:
        assert client.get(path).status_code == 404
    for path in ("ballot", "comments", "withdraw"):
        answer = client.post(
            f"/decisions/{proposal.id}/{path}", data={"choice": "yes", "text": "I"}
        )
        assert answer.status_code == 404


def test_a_member_puts_a_proposal(as_bob: FlaskClient, db: Session) -> None:
    path = "/guilds/river-guild/decisions/new"
    page = as_bob.get(path).text
    assert "It is debated for 1 day" in page
    assert "You can change the text until voting opens." in page
    assert "let somebody vote for them by topic" in page
    assert '<option selected value="10080">7 days</option>' in page
    answer = as_bob.post(path, data={"title": "Meet on Mondays", "text": "", "voting_length": "7"})
    assert answer.status_code == 422
    assert "Say what it means and why." in answer.text
    assert 'value="Meet on Mondays"' in answer.text
    facts = {"title": "Meet on Mondays", "text": "At **seven**.", "voting_length": "4320"}
    answer = as_bob.post(path, data=facts)
    assert answer.status_code == 303
    proposal = db.exec(select(Proposal)).one()
    assert answer.location == f"/decisions/{proposal.id}"
    assert proposal.closes_at - proposal.opens_at == 3 * DAY
    page = as_bob.get(answer.location)
    assert "<strong>seven</strong>" in page.text
    assert "Withdraw this proposal" in page.text
    assert "Cast my ballot" not in page.text


def test_where_voting_opens_at_once_nobody_is_promised_to_change_the_text(
    client: FlaskClient, db: Session, sign_in: SignIn, bob: User
) -> None:
    make_guild(db, admins=[bob], charter="affinity-group", slug="far-guild")
    sign_in(client, bob)
    page = client.get("/guilds/far-guild/decisions/new").text
    assert "Voting opens as soon as you put it, and fixes the text." in page
    assert "until voting opens" not in page
    assert "vote for them by topic" not in page, "its charter lets nobody vote for others"


def test_who_may_not_propose_sees_no_button_and_is_refused(
    client: FlaskClient, db: Session, sign_in: SignIn, alice: User, bob: User
) -> None:
    charter = TEMPLATES["elected-council"].charter
    make_guild(db, organisers=[alice], members=[bob], charter=charter, slug="far-guild")
    sign_in(client, bob)
    assert "Put a proposal" not in client.get("/guilds/far-guild/decisions").text
    assert client.get("/guilds/far-guild/decisions/new").status_code == 403
    assert client.post("/guilds/far-guild/decisions/new").status_code == 403
    sign_in(client, alice)
    assert "Put a proposal" in client.get("/guilds/far-guild/decisions").text


def test_a_ballot_is_cast_changed_and_shown(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, clock_at: Clock
) -> None:
    proposal = make_vote(db, guild, alice)
    path = f"/decisions/{proposal.id}"
    page = as_bob.get(path)
    assert page.text.count("button-action") == 1
    assert "Cast my ballot" in page.text
    assert "Withdraw this proposal" not in page.text
    refused = as_bob.post(f"{path}/ballot", data={"choice": "perhaps"})
    assert refused.status_code == 422
    assert "Not a valid choice" in refused.text
    assert as_bob.post(f"{path}/ballot").status_code == 422
    assert as_bob.post(f"{path}/ballot", data={"choice": "yes"}).status_code == 303
    page = as_bob.get(path)
    assert "You voted <strong>yes</strong>" in page.text
    assert "Change my ballot" in page.text
    assert "1 of 2 members has voted; 1 is needed: quorum reached" in page.text
    assert as_bob.post(f"{path}/ballot", data={"choice": "no"}).status_code == 303
    assert [ballot.marks for ballot in db.exec(select(Ballot))] == [Choice.NO]
    page = as_bob.get(f"{path}/ballots")
    assert "@bob" in page.text
    assert "<td>No</td>" in page.text
    clock_at(proposal.closes_at)
    late = as_bob.post(f"{path}/ballot", data={"choice": "yes"})
    assert late.status_code == 409
    assert "Voting is closed" in late.text


@pytest.mark.parametrize(
    ("base", "said"),
    [
        (ThresholdBase.DECIDED, "quorum, and weighs neither way."),
        (ThresholdBase.BALLOTS, "like a no under this charter: it asks for a share of all ballots"),
        (ThresholdBase.ELECTORATE, "like a no under this charter: it asks for a share of all who"),
    ],
)
def test_the_paper_says_what_abstaining_does_under_the_charters_rule(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, base: ThresholdBase, said: str
) -> None:
    proposal = make_vote(db, guild, alice)
    proposal.rule = {**proposal.rule, "threshold_base": base.value}
    db.add(proposal)
    db.commit()
    page = as_bob.get(f"/decisions/{proposal.id}").text
    assert said in page
    assert page.count("weighs") == 1


def test_a_decision_explains_itself(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = make_vote(db, guild, alice, now=NOW - 9 * DAY)
    closing.close_proposal(db, proposal, MEANS, now=NOW)
    page = as_bob.get(f"/decisions/{proposal.id}")
    assert "It did not pass" in page.text
    assert "0 of 2 members voted; 1 was needed: quorum missed" in page.text
    passed = make_vote(db, guild, alice, now=NOW - 9 * DAY)
    casting.cast_ballot(db, passed, actor=bob, marks=Choice.YES, now=NOW - 8 * DAY)
    closing.close_proposal(db, passed, MEANS, now=NOW)
    page = as_bob.get(f"/decisions/{passed.id}")
    assert "The guild said yes" in page.text
    assert "more than half of 1 is 1 or more: threshold reached" in page.text
    assert "Carried out" in page.text


def test_the_debate_is_paged_and_shows_me_my_comment(
    as_bob: FlaskClient, db: Session, guild: Guild, bob: User, clock_at: Clock
) -> None:
    proposal = make_proposal(db, guild, bob)
    path = f"/decisions/{proposal.id}"
    assert as_bob.post(f"{path}/comments", data={"text": " "}).status_code == 422
    for number in range(queries.PAGE):
        at = NOW + timedelta(minutes=number)
        debate.comment(db, proposal, actor=bob, text=f"Word {number}.", now=at)
    clock_at.move(timedelta(hours=1))
    answer = as_bob.post(f"{path}/comments", data={"text": "<script>x</script> *last*"})
    said = db.exec(select(Comment).order_by(col(Comment.written_at).desc())).first()
    assert said is not None
    assert answer.location.endswith(f"#comment-{said.id}")
    page = as_bob.get(answer.location.partition("#")[0])
    assert "<em>last</em>" in page.text
    assert "<script>x" not in page.text
    first = as_bob.get(path)
    assert "Later comments" in first.text
    assert "<em>last</em>" not in first.text


def test_withdrawing_asks_once(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    mine, hers = make_proposal(db, guild, bob), make_proposal(db, guild, alice)
    page = as_bob.get(f"/decisions/{mine.id}/withdraw")
    assert "Withdraw it" in page.text
    assert as_bob.post(f"/decisions/{mine.id}/withdraw").status_code == 303
    assert as_bob.get(f"/decisions/{hers.id}/withdraw").status_code == 403
    assert as_bob.post(f"/decisions/{hers.id}/withdraw").status_code == 403
    assert as_bob.post(f"/decisions/{mine.id}/withdraw").status_code == 403
    assert mine.state == ProposalState.WITHDRAWN
    assert "This proposal was withdrawn" in as_bob.get(f"/decisions/{mine.id}").text


def test_a_page_asks_the_database_no_more_the_longer_it_is(
    as_bob: FlaskClient, db: Session, guild: Guild, bob: User
) -> None:
    proposal = make_vote(db, guild, bob)
    paths = [
        f"/decisions/{proposal.id}",
        f"/decisions/{proposal.id}/ballots",
        "/guilds/river-guild/decisions",
    ]
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    debate.comment(db, proposal, actor=bob, text="One.", now=NOW)
    few = [count_queries(as_bob, path) for path in paths]
    for number in range(queries.PAGE + 5):
        make_proposal(db, guild, bob)
        debate.comment(db, proposal, actor=bob, text=f"{number}", now=NOW)
        voter = make_user(db, f"voter{number}")
        db.add(
            Ballot(
                proposal_id=proposal.id,
                user_id=voter.id,
                marks=Choice.NO,
                nonce=f"{number:032x}",
                cast_at=NOW,
            )
        )
    assert [count_queries(as_bob, path) for path in paths] == few
    assert max(few) <= 25


def count_queries(client: FlaskClient, path: str) -> int:
    with collected(client.application.extensions["guilds.engine"]) as seen:
        assert client.get(path).status_code == 200
    return len(seen)
