"""One row of every kind that a URL can name, for tests that walk all routes."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlmodel import Session, select
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

import petitions.notices
import petitions.telling
import voting.services
from accounts import services
from accounts.models import SignedIn, SignUp, User
from events import attendances
from events.models import Endorsement, EventState, Visibility
from guilds import admission
from guilds.charter import DecisionKind
from guilds.models import Guild, Membership, Role
from guilds.views.admission import PURPOSE as INVITATION
from institutions.models import Contact
from notifications.models import Notice, Outcome
from petitions import desk, paper
from petitions.delivery import LINK, Handover, deliver
from petitions.delivery_models import DeliveryWay
from petitions.models import Petition, PetitionState, SignatureState, SweepDeed
from petitions.writing_models import JoinState
from tests.builders import (
    NOW,
    VAULT,
    make_bill,
    make_contact,
    make_event,
    make_guest,
    make_guild,
    make_institution,
    make_petition,
    make_proposal,
    make_sign_in,
    make_signature,
    make_user,
    make_vote,
    password_hash,
)
from tests.drafting_builders import make_standing, make_suggestion
from tests.petitions.closing import close, make_dossier
from voting.debate_models import Amendment, Support
from voting.models import Delegation, Proposal, ProposalState
from voting.question import Question
from voting.recounting.script import script_hash

#: argument of a rule -> what stands for it; "endpoint argument" goes before "argument"
Names = dict[str, str]


def add_rows(db: Session, slug: str, *, public: bool = True) -> tuple[User, Names]:
    """A guild with one row of everything, and its admin; without `public` nothing shows outside."""
    admin = make_user(db, f"{slug}-admin", operator=True)
    member = make_user(db, f"{slug}-member")
    guild = make_guild(db, admins=[admin], members=[member], slug=slug, listed=public)
    names: Names = {"slug": slug, "filename": "css/base.css"}
    names |= _of_people(db, guild, admin, member)
    names |= _of_events(db, guild, admin, Visibility.PUBLIC if public else Visibility.GUILD)
    names |= _of_endorsements(db, admin, UUID(names["event_id"]))
    names |= _of_petitions(db, guild, admin, public=public)
    names |= _of_accounts(db, admin)
    names |= _of_decisions(db, guild, admin, member)
    names["bill_id"] = str(make_bill(db, f"HR {slug}", watched_by=[guild, admin]).id)
    db.commit()
    return admin, names


def _of_decisions(db: Session, guild: Guild, admin: User, member: User) -> Names:
    voted, debated = make_vote(db, guild, admin), make_proposal(db, guild, admin)
    sought, supported = (make_proposal(db, guild, member) for _ in range(2))
    for proposal in (sought, supported):
        proposal.state, proposal.support_until = ProposalState.SUPPORT, NOW + timedelta(days=9)
    db.add(Support(proposal_id=supported.id, user_id=admin.id, given_at=NOW))
    supported.support_count = 1
    decided = make_vote(db, guild, admin)
    decided.state, decided.decided_at = ProposalState.PASSED, NOW
    decided.not_carried_out = "The event was cancelled."
    question = Question(
        DecisionKind.RESOLUTION, "Plant more willows", "They hold.", timedelta(days=3)
    )
    draft = voting.services.draft_proposal(db, guild, question, actor=admin, now=NOW)
    theirs = _amendment(db, debated, member)
    delegation = Delegation(
        guild_id=guild.id, principal_id=admin.id, holder_id=member.id, given_at=NOW
    )
    db.add(delegation)
    db.flush()
    names = {
        "proposal_id": str(voted.id),
        "amendment_id": str(theirs.id),
        "delegation_id": str(delegation.id),
        "script": script_hash(),
        "voting.new_amendment proposal_id": str(sought.id),
        "voting.withdraw_amendment amendment_id": str(_amendment(db, sought, admin).id),
        "voting.support proposal_id": str(sought.id),
        "voting.take_back_support proposal_id": str(supported.id),
    }
    for deed in ("accept", "decline", "speak"):
        names[f"voting.{deed} proposal_id"] = str(debated.id)
    names["voting.withdraw_amendment proposal_id"] = str(sought.id)
    names |= {f"voting.{deed} proposal_id": str(draft.id) for deed in ("edit", "put", "delete")}
    names |= {f"voting.{deed} proposal_id": str(decided.id) for deed in ("review", "carry_out")}
    return names


def _amendment(db: Session, proposal: Proposal, author: User) -> Amendment:
    amendment = Amendment(
        proposal_id=proposal.id,
        author_id=author.id,
        base_version=1,
        text="They hold the soil and the bank.",
        reason="It is the bank that moves.",
        written_at=NOW,
    )
    db.add(amendment)
    db.flush()
    return amendment


def _of_people(db: Session, guild: Guild, admin: User, member: User) -> Names:
    asking = make_user(db, f"{guild.slug}-asking")
    request = admission.ask_to_join(db, guild, message="Let me in.", actor=asking, now=NOW)
    invitation = admission.invite(
        db, guild, uses=3, valid_for=timedelta(days=3), actor=admin, now=NOW
    )
    membership = db.exec(
        select(Membership.id).where(
            Membership.guild_id == guild.id,
            Membership.user_id == member.id,
            Membership.role == Role.MEMBER,
        )
    ).one()
    link = VAULT.link_token(INVITATION, invitation.id)
    return {
        "request_id": str(request.id),
        "membership_id": str(membership),
        "invitation_id": str(invitation.id),
        "guilds.invitation token": link,
        "guilds.accept_invitation token": link,
    }


def _of_events(db: Session, guild: Guild, admin: User, visibility: Visibility) -> Names:
    march = make_event(db, guild, admin, attendees=[admin], visibility=visibility)
    draft = make_event(db, guild, admin, state=EventState.DRAFT, visibility=visibility)
    names = {"event_id": str(march.id), "events.publish event_id": str(draft.id)}
    if visibility is Visibility.GUILD:
        return names
    guest = make_guest(db, march, confirmed=False)
    for endpoint in ("attendance", "confirm", "decline"):
        token = VAULT.link_token(attendances.LINK_PURPOSE, guest.id)
        names[f"events.{endpoint} token"] = token
    return names


def _of_endorsements(db: Session, admin: User, event_id: UUID) -> Names:
    """Two guilds stand behind the event, and its host has turned one of them down."""
    ids = []
    for number, declined_at in enumerate((None, NOW)):
        guild = make_guild(db, admins=[admin], slug=f"{admin.handle}-behind-{number}")
        proposal = make_proposal(db, guild, admin, title="Stand behind it")
        endorsement = Endorsement(
            event_id=event_id,
            guild_id=guild.id,
            proposal_id=proposal.id,
            endorsed_at=NOW,
            declined_at=declined_at,
        )
        db.add(endorsement)
        ids.append(str(endorsement.id))
    db.flush()
    return {"endorsement_id": ids[0], "events.show_endorsement endorsement_id": ids[1]}


def _of_petitions(db: Session, guild: Guild, admin: User, *, public: bool) -> Names:
    draft = make_petition(db, guild, admin, state=PetitionState.DRAFT)
    rejected = make_petition(db, guild, admin, state=PetitionState.REJECTED)
    institution = make_institution(db)
    contact = make_contact(db, institution, f"{guild.slug}@authority.example", added_by=admin)
    names = {
        "petition_id": str(draft.id),
        "institution_id": str(institution.id),
        "contact_id": str(contact.id),
        "petitions.redraft petition_id": str(rejected.id),
        "sweep_id": str(uuid4()),
        "batch_id": str(uuid4()),
        **_of_writing(db, guild, admin),
    }
    if not public:
        return names
    names |= _after_the_close(db, guild, admin, contact)
    opened = make_petition(db, guild, admin)
    names |= _of_joining(db, guild, opened)
    names |= _of_the_desk(db, opened, admin)
    waiting = make_signature(db, opened, state=SignatureState.PENDING)
    for endpoint in (
        "detail", "sign", "take_signature", "check_mail", "count", "news", "post_update",
        "figures_json", "figures_csv", "places_csv", "qr_code", "poster", "sheet",
        "confirm_by_code", "send_again", "show_desk", "plan_sweep", "do_sweep", "undo_sweep",
        "paper_batches", "enter_paper", "strike_paper",
    ):  # fmt: skip
        names[f"petitions.{endpoint} petition_id"] = str(opened.id)
    confirm = VAULT.link_token(petitions.notices.CONFIRM, waiting.id)
    withdraw = VAULT.link_token(petitions.notices.WITHDRAW, waiting.id)
    for endpoint in ("confirm", "count_signature"):
        names[f"petitions.{endpoint} token"] = confirm
    for endpoint in ("withdraw_signature", "take_signature_back"):
        names[f"petitions.{endpoint} token"] = withdraw
    for endpoint in ("stop_updates", "choose_updates"):
        names[f"petitions.{endpoint} token"] = VAULT.link_token(petitions.telling.STOP, waiting.id)
    return names


def _of_the_desk(db: Session, opened: Petition, admin: User) -> Names:
    """A sweep that can be undone, and a batch on paper."""
    make_signature(db, opened, "farm@example.org")
    done = desk.sweep(
        db, opened, actor=admin, condition=desk.Condition(), deed=SweepDeed.HOLD,
        reason="A farm.", now=NOW,
    )  # fmt: skip
    sheets = paper.Batch(40, "Market square", NOW.date(), "Wim Witness", "ab" * 32)
    batch = paper.enter_batch(db, opened, actor=admin, batch=sheets, now=NOW)
    db.flush()
    return {"sweep_id": str(done.id), "batch_id": str(batch.id)}


def _after_the_close(db: Session, guild: Guild, admin: User, contact: Contact) -> Names:
    """A closed petition with its dossier, and one that waits for its answer too long."""
    closed, handed = (make_petition(db, guild, admin) for _ in range(2))
    for petition in (closed, handed):
        make_signature(db, petition)
        close(db, petition, at=NOW - timedelta(days=100))
        make_dossier(db, petition, now=NOW)
    handover = Handover(
        DeliveryWay.EMAIL, "The clerk", (NOW - timedelta(days=98)).date(), "", contact.id
    )
    delivery = deliver(db, handed, actor=admin, handover=handover, now=NOW)
    names = {"petitions.proof petition_id": str(closed.id)}
    for endpoint in ("dossier", "document", "manifest", "leaves", "names", "deliver"):
        names[f"petitions.{endpoint} petition_id"] = str(closed.id)
    for endpoint in ("answer", "answer_due", "settle", "carry_on"):
        names[f"petitions.{endpoint} petition_id"] = str(handed.id)
    token = VAULT.link_token(LINK, delivery.id)
    for endpoint in ("handed_over", "answer_by_link", "names_by_link"):
        names[f"petitions.{endpoint} token"] = token
    return names


def _of_writing(db: Session, guild: Guild, admin: User) -> Names:
    """A petition in amendment, with a suggestion of somebody else's and one of the admin's."""
    amended = make_petition(db, guild, admin, state=PetitionState.AMENDMENT)
    theirs, own = make_suggestion(db, amended), make_suggestion(db, amended, admin)
    names = {
        "suggestion_id": str(theirs.id),
        "petitions.withdraw_suggestion suggestion_id": str(own.id),
        "standing_id": str(uuid4()),
    }
    about = ("end_amendment", "suggest", "suggestion", "petition_versions")
    deeds = ("accept_suggestion", "decline_suggestion", "withdraw_suggestion")
    names |= {f"petitions.{one} petition_id": str(amended.id) for one in (*about, *deeds)}
    return names


def _of_joining(db: Session, guild: Guild, opened: Petition) -> Names:
    """Two other guilds' names on the petition, one of them declined; and another's to join."""
    friend = make_user(db, f"{guild.slug}-friend")
    friends = [
        make_guild(db, admins=[friend], slug=f"{guild.slug}-{name}", charter="affinity-group")
        for name in ("friends", "others")
    ]
    standing, declined = (make_standing(db, opened, one, friend) for one in friends)
    declined.state, declined.end_reason = JoinState.DECLINED, "Not with you."
    elsewhere = make_petition(db, friends[0])
    names = {
        "standing_id": str(standing.id),
        "petitions.allow_guild standing_id": str(declined.id),
        "petitions.join petition_id": str(elsewhere.id),
        "petitions.join_by petition_id": str(elsewhere.id),
    }
    for endpoint in ("stop", "guilds_behind", "decline_guild", "allow_guild"):
        names[f"petitions.{endpoint} petition_id"] = str(opened.id)
    return names


def _of_accounts(db: Session, admin: User) -> Names:
    newcomer = services.Newcomer(
        handle=f"{admin.handle}-new",
        display_name="Newcomer",
        address=f"new-{admin.handle}@example.org",
        password_hash=password_hash(),
        time_zone="UTC",
        next_path=None,
        is_founder=False,
    )
    sign_up: SignUp = services.begin_sign_up(db, newcomer, vault=VAULT, now=NOW)
    others = set(db.exec(select(services.AddressRequest.id)))
    services.ask_for_reset(db, f"{admin.handle}@example.org", vault=VAULT, now=NOW)
    services.ask_for_address_change(
        db, admin.id, f"other-{admin.handle}@example.org", vault=VAULT, now=NOW
    )
    asked = db.exec(select(services.AddressRequest))
    wishes = {wish.purpose.value: wish.id for wish in asked if wish.id not in others}
    make_sign_in(db, admin)
    place = db.exec(select(SignedIn.id).where(SignedIn.user_id == admin.id)).first()
    notice = _sent_notice(db, admin)
    return {
        "signed_in_id": str(place),
        "notice_id": str(notice),
        "accounts.confirm token": VAULT.link_token("sign-up", sign_up.id),
        "accounts.reset token": VAULT.link_token("reset", wishes["reset"]),
        "accounts.new_address token": VAULT.link_token("new-address", wishes["change_address"]),
    }


def _sent_notice(db: Session, user: User) -> UUID:
    notice = Notice(
        recipient_id=user.id,
        user_id=user.id,
        kind="voting.opened",
        subject_id=uuid4(),
        due_at=NOW,
        settled_at=NOW,
        outcome=Outcome.SENT,
        headline="Voting opened",
        path="/",
    )
    db.add(notice)
    db.flush()
    return notice.id


def path_to(app: Flask, rule: Rule, names: Names) -> str:
    """The path of a route about the rows of `names`."""
    values: dict[str, Any] = {}
    for argument in rule.arguments:
        converter = rule._converters[argument]
        usual = "1" if isinstance(converter, IntegerConverter) else "nothing"
        if isinstance(converter, AnyConverter):
            usual = min(converter.items)
        usual = names.get(argument, usual)
        value = names.get(f"{rule.endpoint} {argument}", usual)
        values[argument] = UUID(value) if type(converter).__name__ == "UUIDConverter" else value
    return app.url_map.bind("localhost").build(rule.endpoint, values)
