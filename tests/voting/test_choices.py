"""Votes among options: from the paper to who voted what, by every method."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from core.mail import Writer
from guilds.charter import CHOOSING, ONE_QUESTION, Charter, DecisionKind, DecisionRule, Method
from guilds.charter_templates import TEMPLATES
from guilds.charter_words import METHOD_NAMES
from guilds.models import Guild, Membership, Role
from notifications.models import Notice
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_vote
from voting import bundles, casting, closing, queries, services, verdicts
from voting.models import Ballot, Proposal
from voting.notices import NOTICES
from voting.question import OptionFacts

SignIn = Callable[[FlaskClient, User], None]
TREES = tuple(OptionFacts(name, f"About {name}.") for name in ("Oak", "Ash & Elm", "Fir"))
PROJECTS = tuple(OptionFacts(name, cost=cost) for name, cost in (("Bench", "300"), ("Pond", "800")))

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    """Its charter allows every method, with open ballots."""
    base = TEMPLATES["affinity-group"].charter
    allowed = {
        DecisionKind.RESOLUTION: tuple(ONE_QUESTION | CHOOSING),
        DecisionKind.SPEND: (Method.GREEDY, Method.EQUAL_SHARES, Method.MAJORITY),
        DecisionKind.ELECT: (Method.STV, Method.IRV, Method.SCORE),
    }
    rules = {
        kind: DecisionRule.model_validate(
            {**rule.model_dump(), "methods": sorted(allowed.get(kind, rule.methods))}
        )
        for kind, rule in base.rules.items()
    }
    return make_guild(db, admins=[alice], members=[bob], charter=Charter(rules=rules))


def vote_by(db: Session, guild: Guild, author: User, method: Method) -> Proposal:
    more: dict[str, Any] = {} if method in ONE_QUESTION else {"options": TREES}
    if method in (Method.GREEDY, Method.EQUAL_SHARES):
        more = {"options": PROJECTS, "settings": {"budget": "1000"}, "kind": DecisionKind.SPEND}
    elif method == Method.STV:
        more |= {"kind": DecisionKind.ELECT, "seats": 2}
    elif method in (Method.SCORE, Method.STAR):
        more |= {"settings": {"highest": "5"}}
    return make_vote(db, guild, author, method=method, **more)


@pytest.mark.parametrize(
    ("method", "typed", "marks", "words"),
    [
        (Method.APPROVAL, ["1", "1"], "11-", ["Approves Oak", "Approves Ash &amp; Elm"]),
        (Method.SCORE, ["5", "", "0"], "5-0", ["5: Oak", "0: Fir", "No opinion: Ash &amp; Elm"]),
        (Method.STAR, ["1", "2", "3"], "123", ["3: Fir", "2: Ash &amp; Elm", "1: Oak"]),
        (Method.IRV, ["2", "", "1"], "2-1", ["1. Fir", "2. Oak"]),
        (Method.STV, ["3", "1", ""], "21-", ["1. Ash &amp; Elm", "2. Oak"]),
        (Method.SCHULZE, ["1", "1", "2"], "112", ["1. Oak and Ash &amp; Elm", "2. Fir"]),
        (Method.RANKED_PAIRS, ["3", "2", "1"], "321", ["1. Fir"]),
        (Method.GREEDY, ["1", "1"], "11", ["Supports Bench", "Supports Pond"]),
        (Method.EQUAL_SHARES, ["", "1"], "-1", ["Supports Pond"]),
    ],
)
def test_a_ballot_is_cast_and_shown_in_words(
    as_bob: FlaskClient,
    db: Session,
    guild: Guild,
    bob: User,
    method: Method,
    typed: list[str],
    marks: str,
    words: list[str],
) -> None:
    proposal = vote_by(db, guild, bob, method)
    path = f"/decisions/{proposal.id}"
    page = as_bob.get(path)
    assert 'name="mark-0"' in page.text
    decided_by = rf"<dt>Decided by</dt>\s*<dd><bdi>(?i:{METHOD_NAMES[method]})</bdi>"
    assert re.search(decided_by, page.text)
    said = f"Counted by {METHOD_NAMES[method]}: "
    paper, options = page.text.split('<h2 id="options">')
    assert f'{said}<a href="#options">how that works</a>' in paper
    assert said in options
    assert "The proposer chooses" not in page.text
    assert "It passes if" not in page.text
    assert as_bob.post(f"{path}/ballot").status_code == 422
    data = {f"mark-{place}": text for place, text in enumerate(typed)}
    assert as_bob.post(f"{path}/ballot", data=data).status_code == 303
    assert db.exec(select(Ballot)).one().marks == marks
    mine = as_bob.get(path).text
    everyone = as_bob.get(f"{path}/ballots").text
    for line in words:
        assert line in mine
        assert line in everyone
    assert "Change my ballot" in mine
    assert "1 of 2 members has voted" in mine
    assert "What that comes to is counted at the close." in mine
    assert "You voted a moment ago:" in mine
    assert as_bob.post(f"{path}/ballot", data={"blank": "1"}).status_code == 303
    assert "A blank ballot" in as_bob.get(f"{path}/ballots").text


def test_bad_marks_are_told_by_option_and_kept(
    as_bob: FlaskClient, db: Session, guild: Guild, bob: User
) -> None:
    proposal = vote_by(db, guild, bob, Method.IRV)
    path = f"/decisions/{proposal.id}/ballot"
    answer = as_bob.post(path, data={"mark-0": "1", "mark-1": "1", "mark-2": "77"})
    assert answer.status_code == 422
    assert "Give a rank from 1 to 3, or leave it out." in answer.text
    assert '<option value="77" selected>' in answer.text
    assert '<option value="1" selected>' in answer.text
    answer = as_bob.post(path, data={"mark-0": "1", "mark-1": "1"})
    assert answer.status_code == 422
    assert "Oak has rank 1 too" in answer.text
    assert db.exec(select(Ballot)).all() == []


@pytest.mark.parametrize(
    ("method", "ballots", "winners", "sight"),
    [
        (
            Method.MAJORITY,
            ["yes", "yes", "no"],
            ["Plant willows on the east bank"],
            "All who could vote",
        ),
        (Method.CONSENT, ["yes", "yes", "abstain"], ["Plant willows on the east bank"], "Consent"),
        (Method.APPROVAL, ["11-", "1--", "--1"], ["Oak"], "66.7 %"),
        (Method.SCORE, ["50-", "23-", "-05"], ["Oak"], "Scores run from 0 to 5"),
        (Method.STAR, ["530", "045", "504"], ["Oak"], "The run-off"),
        (Method.IRV, ["123", "1--", "-12"], ["Oak"], "Round 1"),
        (Method.SCHULZE, ["123", "132", "112"], ["Oak"], "Strongest paths"),
        (Method.RANKED_PAIRS, ["123", "231", "123"], ["Oak"], "From the clearest win down"),
        (
            Method.STV,
            ["123", "1--", "312"],
            ["Oak", "Ash & Elm"],
            "The quota to be elected is 2 votes",
        ),
        (Method.GREEDY, ["11", "-1", "-1"], ["Pond"], "Costs more than was left"),
        (Method.EQUAL_SHARES, ["1-", "-1", "1-"], ["Bench"], "Everyone who voted has the same"),
    ],
)
def test_a_close_counts_explains_and_tells(
    as_bob: FlaskClient,
    db: Session,
    guild: Guild,
    alice: User,
    bob: User,
    charlie: User,
    method: Method,
    ballots: list[str],
    winners: list[str],
    sight: str,
) -> None:
    db.add(
        Membership(
            guild_id=guild.id,
            user_id=charlie.id,
            role=Role.MEMBER,
            joined_at=NOW - timedelta(days=5),
        )
    )
    db.flush()
    proposal = vote_by(db, guild, bob, method)
    for user, marks in zip((alice, bob, charlie), ballots, strict=True):
        casting.cast_ballot(db, proposal, actor=user, marks=marks, now=NOW)
    assert closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert proposal.result is not None
    assert (proposal.state, proposal.result["winners"]) == ("passed", winners)
    assert proposal.tally.ballots == 3
    page = as_bob.get(f"/decisions/{proposal.id}").text
    assert "How it was counted" in page
    assert sight in page
    assert "It counts if at least half of all members" in page
    assert "3 of 3 members voted; 2 were needed: quorum reached" in page
    listed = as_bob.get(f"/guilds/{guild.slug}/decisions").text
    assert "3 of 3 members voted" in listed


def test_a_tie_is_drawn_from_the_box_and_says_so(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = vote_by(db, guild, bob, Method.APPROVAL)
    for user, marks in ((alice, "1--"), (bob, "-1-")):
        casting.cast_ballot(db, proposal, actor=user, marks=marks, now=NOW)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    page = as_bob.get(f"/decisions/{proposal.id}").text
    assert "Oak and Ash &amp; Elm were tied for a place: drawn from the ballot box" in page
    assert str(proposal.root_hash) in page


def test_without_quorum_nothing_is_chosen(
    as_bob: FlaskClient, db: Session, guild: Guild, bob: User
) -> None:
    proposal = vote_by(db, guild, bob, Method.IRV)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    page = as_bob.get(f"/decisions/{proposal.id}").text
    assert "Nothing was chosen" in page
    assert "Nothing chosen</span>" in page
    assert "Without the quorum the ballots decide nothing" in page


def test_what_was_chosen_is_named_wherever_the_decision_is(
    as_bob: FlaskClient, db: Session, writer: Writer, guild: Guild, bob: User
) -> None:
    proposal = vote_by(db, guild, bob, Method.APPROVAL)
    casting.cast_ballot(db, proposal, actor=bob, marks="-1-", now=NOW)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    for path in ("/", "/guilds/river-guild", "/guilds/river-guild/decisions"):
        page = as_bob.get(path).text
        assert "Ash &amp; Elm" in page
        assert "Decided</span>" in page
        assert "Passed" not in page
    query = select(Notice).where(Notice.kind == "voting.decided", Notice.user_id == bob.id)
    message = NOTICES["voting.decided"](db, db.exec(query).one(), writer)
    assert message is not None
    assert message.subject == f"Decided: {proposal.title}"
    assert f'has decided on "{proposal.title}": Ash & Elm.\n\n' in message.body


@pytest.mark.parametrize(
    ("winners", "words"),
    [
        (["Oak"], "Oak"),
        (["Oak", "Elm", "Fir", "Ash"], "Oak, Elm, Fir and Ash"),
        (["Oak", "Elm", "Fir", "Ash", "Yew"], "Oak, Elm, Fir and 2 more"),
    ],
)
def test_a_line_names_a_few_of_the_chosen(winners: list[str], words: str) -> None:
    proposal = Proposal(method=Method.STV, state="passed", result={"winners": winners})
    assert verdicts.chosen_in_words(proposal) == words


def test_a_member_asks_which_of_several(as_bob: FlaskClient, db: Session) -> None:
    path = "/guilds/river-guild/decisions/new"
    page = as_bob.get(path).text
    assert "Tick every option you could live with" in page
    typed = {"title": "Which tree?", "text": "One of them.", "voting_length": "60"}
    typed |= {"method": "approval", "options-0-name": "Oak"}
    more = as_bob.post(path, data={**typed, "deed": "rows", "text": ""})
    assert more.status_code == 200
    assert 'name="options-5-name"' in more.text
    assert 'value="Oak"' in more.text
    answer = as_bob.post(path, data={**typed, "deed": "put"})
    assert answer.status_code == 422
    assert "Give at least two options to choose among." in answer.text
    typed |= {"options-3-name": "Ash", "options-3-note": "Grows fast"}
    answer = as_bob.post(path, data={**typed, "deed": "draft"})
    assert answer.status_code == 303
    draft = db.exec(select(Proposal)).one()
    assert (draft.method, draft.state) == (Method.APPROVAL, "draft")
    edit = as_bob.get(f"/decisions/{draft.id}/edit").text
    assert 'value="Grows fast"' in edit
    assert as_bob.post(f"/decisions/{draft.id}/put").status_code == 303
    page = as_bob.get(f"/decisions/{draft.id}").text
    assert "Grows fast" in page
    assert "Cast my ballot" in page


def test_options_stand_as_their_author_wrote_them_everywhere(
    as_bob: FlaskClient, db: Session, guild: Guild, bob: User
) -> None:
    listed = ["Zelkova", "Ash", "Oak", "Elm"]
    typed = {f"options-{at}-name": name for at, name in enumerate(listed)}
    typed |= {"title": "Which tree?", "text": "One.", "voting_length": "60", "method": "schulze"}
    path = as_bob.post("/guilds/river-guild/decisions/new", data=typed).location
    proposal = db.exec(select(Proposal)).one()

    def order(page: str, pattern: str) -> list[str]:
        return re.findall(pattern.format("|".join(listed)), page)

    page = as_bob.get(path).text
    assert order(page, r'option-name"><bdi>({})<') == listed
    assert "in the order in which they were written down" in page
    assert order(page, r'paper-row[^>]*data-name="({})"') == listed
    as_bob.post(f"{path}/ballot", data={"mark-0": "4", "mark-1": "3", "mark-2": "2", "mark-3": "1"})
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    page = as_bob.get(path).text
    assert order(page, r'option-name"><bdi>({})<') == listed
    head = bundles.head_of(db, proposal.id)
    assert head is not None
    assert head["options"] == listed
    assert "In order: 1. Elm, 2. Oak, 3. Ash, 4. Zelkova." in page


def test_a_member_puts_an_election_and_a_budget(
    as_bob: FlaskClient, db: Session, bob: User
) -> None:
    path = "/guilds/river-guild/decisions/new"
    typed = {"title": "Who?", "text": "Two of us.", "voting_length": "60", "method": "stv"}
    people = {"options-0-name": "@bob", "options-1-name": "@alice", "options-2-name": "Rosa"}
    answer = as_bob.post(f"{path}?kind=elect", data={**typed, **people, "seats": "3"})
    assert answer.status_code == 422
    assert "There must be more options than seats" in answer.text
    wrong = {**people, "options-1-name": "@charlie"}
    answer = as_bob.post(f"{path}?kind=elect", data={**typed, **wrong, "seats": "2"})
    assert "No member of this guild is called @charlie." in answer.text
    answer = as_bob.post(f"{path}?kind=elect", data={**typed, **people, "seats": "2"})
    assert answer.status_code == 303
    election = db.exec(select(Proposal)).one()
    assert (election.kind, election.seats, election.method) == ("elect", 2, Method.STV)
    standing = queries.options(db, election.id)
    assert [one.name for one in standing] == ["Bob (@bob)", "Alice (@alice)", "Rosa"]
    assert standing[0].user_id == bob.id
    typed |= {"method": "greedy", "budget": "100"}
    projects = {f"options-{n}-name": name for n, name in enumerate(("Pond", "Bench"))}
    answer = as_bob.post(
        f"{path}?kind=spend",
        data={**typed, **projects, "options-0-cost": "900", "options-1-cost": "9"},
    )
    assert "This would never pay for Pond." in answer.text
    answer = as_bob.post(
        f"{path}?kind=spend",
        data={**typed, **projects, "options-0-cost": "9,5", "options-1-cost": "9"},
    )
    assert answer.status_code == 303
    assert "costs 9.50" in as_bob.get(answer.location).text


def test_a_plain_question_needs_nothing_more(as_bob: FlaskClient, db: Session) -> None:
    typed = {"title": "Meet on Mondays", "text": "At seven.", "voting_length": "60"}
    answer = as_bob.post("/guilds/river-guild/decisions/new", data={**typed, "method": "majority"})
    assert answer.status_code == 303
    assert db.exec(select(Proposal)).one().method == Method.MAJORITY


def test_the_kinds_of_decisions_are_listed_with_their_rules(
    as_bob: FlaskClient, db: Session, sign_in: SignIn, bob: User, charlie: User
) -> None:
    page = as_bob.get("/guilds/river-guild/decisions/kinds")
    assert page.status_code == 200
    assert "Put up an election" in page.text
    assert "Write the change" in page.text
    assert "The charter does not let you" not in page.text
    make_guild(db, admins=[charlie], members=[bob], charter="elected-council", slug="far")
    page = as_bob.get("/guilds/far/decisions/kinds").text
    assert "The charter does not let you put this kind." in page
    assert page.index("Elect people") < page.index("Adopt a resolution")
    sign_in(as_bob, charlie)
    assert as_bob.get("/guilds/river-guild/decisions/kinds").status_code == 404


@pytest.mark.parametrize("method", sorted(set(Method) - ONE_QUESTION))
def test_blank_ballots_make_the_quorum_and_choose_nothing(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User, method: Method
) -> None:
    proposal = vote_by(db, guild, bob, method)
    blank = "-" * len(queries.options(db, proposal.id))
    for user in (alice, bob):
        casting.cast_ballot(db, proposal, actor=user, marks=blank, now=NOW)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert (proposal.state, proposal.failed_by) == ("failed", "threshold")
    page = as_bob.get(f"/decisions/{proposal.id}").text
    assert "quorum reached" in page
    assert "No option has the support it needs" in page
    assert "Nothing was chosen" in page
    assert "<td>Chosen</td>" not in page
    assert "Nobody marked anything, so nothing is chosen." in page


def test_money_is_in_the_guilds_currency_from_the_form_to_the_result(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    typed = {
        "title": "The spring money",
        "text": "Tick what you support.",
        "voting_length": "2880",
        "method": "equal-shares",
        "options-0-name": "Bench",
        "options-0-cost": "300",
        "options-1-name": "Swing",
        "options-1-cost": "1200",
        "budget": "1500",
        "currency": "€",
        "deed": "put",
    }
    new = f"/guilds/{guild.slug}/decisions/new?kind=spend"
    answer = as_bob.post(new, data=typed)
    assert answer.status_code == 303
    proposal = db.exec(select(Proposal)).one()
    assert "There is 1,500\N{NO-BREAK SPACE}€ to spend." in as_bob.get(answer.location).text
    services.open_voting(db, proposal, now=proposal.opens_at)
    for user in (alice, bob):
        casting.cast_ballot(db, proposal, actor=user, marks="1-", now=proposal.opens_at)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    page = as_bob.get(answer.location).text
    assert "300\N{NO-BREAK SPACE}€ of 1,500\N{NO-BREAK SPACE}€ is spent" in page
    assert "Granted: Bench (300\N{NO-BREAK SPACE}€)." in page
    assert 'value="€"' in as_bob.get(new).text
    long = as_bob.post(new, data={**typed, "currency": "x" * 13})
    assert long.status_code == 422


def test_candidates_lead_to_their_pages_while_they_belong_to_the_guild(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, charlie: User
) -> None:
    standing = tuple(
        OptionFacts(f"{user.display_name} (@{user.handle})", user_id=user.id)
        for user in (alice, charlie)
    )
    kind, options = DecisionKind.ELECT, (*standing, OptionFacts("Zoe"))
    proposal = make_proposal(db, guild, alice, kind=kind, method=Method.STV, options=options)
    page = as_bob.get(f"/decisions/{proposal.id}").text
    (here,) = re.findall(r'option-name"><a href="([^"]+)"', page)
    assert alice.display_name in as_bob.get(here).text
    assert "(@charlie)" in page
