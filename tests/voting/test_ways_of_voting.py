"""Where the charter allows several ways of voting, whoever puts a proposal chooses one."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from events.models import EventState
from guilds.charter import Charter, DecisionKind, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from tests.builders import make_bill, make_event, make_guild
from voting.models import Proposal

SignIn = Callable[[FlaskClient, User], None]

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    """Stances and events are decided by a vote or by consent."""
    rules = dict(TEMPLATES["simple-assembly"].charter.rules)
    for kind in (DecisionKind.BILL_STANCE, DecisionKind.EVENT):
        methods = (Method.MAJORITY, Method.CONSENT)
        rules[kind] = rules[kind].model_copy(update={"methods": methods})
    return make_guild(db, admins=[alice], members=[bob], charter=Charter(rules=rules))


@pytest.fixture
def forms(db: Session, guild: Guild, alice: User) -> dict[str, dict[str, str]]:
    """Address of each form -> what is typed in it besides the way of voting."""
    hosts = make_guild(db, admins=[alice], slug="hosts")
    march = make_event(db, hosts, alice)
    draft = make_event(db, guild, alice, state=EventState.DRAFT)
    here = f"/guilds/{guild.slug}"
    why = {"why": "Because.", "voting_length": "2880"}
    return {
        f"{here}/bills/{make_bill(db).id}/stance": {"stance": "support", **why},
        f"{here}/events/{march.id}/endorse": why,
        f"/events/{draft.id}/put": {"voting_length": "2880"},
    }


def test_stances_endorsements_and_calls_are_put_by_any_way_the_charter_allows(
    client: FlaskClient, db: Session, sign_in: SignIn, alice: User, forms: dict[str, dict[str, str]]
) -> None:
    sign_in(client, alice)
    for path, typed in forms.items():
        assert '<option value="consent">Consent</option>' in client.get(path).text, path
        for unfit in ({}, {"method": "schulze"}):
            assert client.post(path, data={**typed, **unfit}).status_code == 422, path
        assert client.post(path, data={**typed, "method": "consent"}).status_code == 303, path
    methods = db.exec(select(Proposal.method)).all()
    assert methods == [Method.CONSENT] * len(forms)


def test_one_way_alone_is_not_asked(
    client: FlaskClient, db: Session, sign_in: SignIn, alice: User, bob: User
) -> None:
    make_guild(db, admins=[alice], members=[bob])
    bill = make_bill(db)
    sign_in(client, alice)
    path = f"/guilds/river-guild/bills/{bill.id}/stance"
    assert "How it is voted on" not in client.get(path).text
    typed = {"stance": "support", "why": "Because.", "voting_length": "2880"}
    assert client.post(path, data=typed).status_code == 303
