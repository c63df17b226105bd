"""The scenes of deciding: resolutions and petitions are put, debated, voted on and signed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from sqlmodel import select

import petitions.counter
import petitions.drafting
import petitions.life
import petitions.signing
import voting.amending
import voting.casting
import voting.closing
import voting.debate
import voting.queries
import voting.services
from accounts.models import User
from demo import aftermath, checks
from demo.play import Play, chance
from demo.scenes import address_of
from demo.story.decisions import DECISIONS, Ballots, DecisionStory, Said
from demo.story.offered import OFFERED, Offered
from demo.story.people import COUNTRIES, FAMILY_NAMES, GIVEN_NAMES
from demo.story.petitions import GIVEN_UP, PETITIONS, PetitionStory
from guilds.charter import DecisionKind
from guilds.queries import get_role
from petitions.drafting import Draft
from petitions.models import Petition, PetitionState, Signature
from petitions.rules import last_moment
from petitions.signing import Signatory
from voting import substance
from voting.models import Choice, Proposal
from voting.question import Case, OptionFacts, Question

#: shares of signatories who let their first name be shown, who want to hear how it goes on, and
#: who let the institution have their name
SHOWN_SHARE, FOLLOWING_SHARE, HANDED_SHARE = 0.4, 0.3, 0.6
#: days within which the unconfirmed signed; those of longer ago would be forgotten by now
UNCONFIRMED_WITHIN = 9

# --- resolutions ---


def resolutions(play: Play) -> None:
    for story in DECISIONS:
        play.at(play.day(story.put), partial(_put, play, story))


def _put(play: Play, story: DecisionStory, now: datetime) -> None:
    author = play.people[story.by]
    question = Question(
        kind=DecisionKind.RESOLUTION,
        title=story.title,
        text=story.text.strip(),
        voting_length=timedelta(days=story.length),
    )
    guild = play.guilds[story.guild]
    proposal = voting.services.put_proposal(play.db, guild, question, actor=author, now=now)
    _is_supported(play, proposal, now)
    _is_debated(play, proposal, story.said)
    for offered in OFFERED:
        if offered.instead_of == story.title:
            at = now + timedelta(days=offered.after)
            play.at(at, partial(_offer, play, proposal, offered))
    if story.withdrawn_after is None:
        is_voted_on(play, proposal, story.ballots)
    else:
        withdrawn_at = now + timedelta(days=story.withdrawn_after)
        play.at(withdrawn_at, partial(_withdraw, play, proposal, author))


def _is_supported(play: Play, proposal: Proposal, now: datetime) -> None:
    """As many others as the charter asks for want it to be heard."""
    members = [
        person
        for person in play.people.values()
        if person.id != proposal.author_id
        and get_role(play.db, proposal.guild_id, person) is not None
    ]
    for person in members[: proposal.decision_rule.supporters]:
        voting.services.support(play.db, proposal, actor=person, now=now)


def _withdraw(play: Play, proposal: Proposal, author: User, now: datetime) -> None:
    voting.services.withdraw(play.db, proposal, actor=author, now=now)


def _is_debated(play: Play, proposal: Proposal, said: tuple[Said, ...]) -> None:
    for one in said:
        play.at(proposal.put_at + timedelta(days=one.after), partial(_say, play, proposal, one))


def _offer(play: Play, proposal: Proposal, offered: Offered, now: datetime) -> None:
    """A member would rather have a choice than a question."""
    standing = voting.queries.question_of(play.db, proposal)
    options = tuple(OptionFacts(name) for name in offered.options)
    choice = replace(standing, method=offered.method, options=options)
    voting.amending.propose_amendment(
        play.db,
        proposal,
        text=proposal.text,
        terms=substance.choice_terms(choice),
        reason=offered.reason,
        base_version=proposal.version,
        actor=play.people[offered.by],
        now=now,
    )


def _say(play: Play, proposal: Proposal, said: Said, now: datetime) -> None:
    author = play.people[said.by]
    voting.debate.comment(play.db, proposal, actor=author, text=said.text, now=now)


def is_voted_on(
    play: Play,
    proposal: Proposal,
    ballots: Ballots,
    afterwards: Callable[[datetime], None] | None = None,
) -> None:
    """Opening, ballots, close; whatever of it lies ahead is left to the clock of the app."""
    play.at(proposal.opens_at, partial(_open, play, proposal, ballots))
    play.at(proposal.closes_at, partial(_close, play, proposal, afterwards))


def _open(play: Play, proposal: Proposal, ballots: Ballots, now: datetime) -> None:
    """Voting opens; who votes what at which hour is drawn."""
    voting.services.open_voting(play.db, proposal, now=now)
    falls = chance(proposal.title)
    members = set(voting.queries.member_ids(play.db, proposal.guild_id))
    silent = {play.people[handle].id for handle in ballots.silent}
    electors = [
        person
        for person in play.people.values()
        if person.id in members and person.id not in silent
    ]
    choices = [Choice.YES] * ballots.yes + [Choice.NO] * ballots.no
    choices += [Choice.ABSTAIN] * ballots.abstain
    falls.shuffle(electors)
    falls.shuffle(choices)
    length = min(proposal.closes_at, play.now) - now
    for person, choice in zip(electors[: len(choices)], choices, strict=True):
        at = now + length * falls.uniform(0.02, 0.98)
        play.at(at, partial(_cast, play, proposal, person, choice))


def _cast(play: Play, proposal: Proposal, person: User, choice: Choice, now: datetime) -> None:
    voting.casting.cast_ballot(play.db, proposal, actor=person, marks=choice, now=now)


def _close(
    play: Play,
    proposal: Proposal,
    afterwards: Callable[[datetime], None] | None,
    now: datetime,
) -> None:
    voting.closing.close_proposal(play.db, proposal, play.means, now=now)
    if afterwards is not None:
        afterwards(now)


# --- petitions ---


def petitions_drafted(play: Play) -> None:
    for story in PETITIONS:
        play.at(play.day(story.drafted), partial(_draft, play, story))
    *given_up, drafted, gone = GIVEN_UP
    play.at(play.day(drafted), partial(_draft_in_vain, play, given_up, gone))


def _draft(play: Play, story: PetitionStory, now: datetime) -> None:
    draft = Draft(
        title=story.title,
        request=story.request,
        background=story.background.strip(),
        further=story.further.strip(),
        institution_id=play.institutions[story.to],
        goal=story.goal,
        closes_on=play.day(story.closes).date(),
        regions=story.regions,
    )
    author = play.people[story.by]
    petition = petitions.drafting.draft_petition(
        play.db, play.guilds[story.guild], actor=author, draft=draft, now=now
    )
    play.petitions[story.key] = petition.id
    if story.put is not None:
        play.at(play.day(story.put), partial(_put_before_guild, play, story, petition))


def _draft_in_vain(play: Play, told: list[str], gone: float, now: datetime) -> None:
    guild, by, to, title, request = told
    draft = Draft(
        title=title,
        request=request,
        background="",
        institution_id=play.institutions[to],
        goal=100,
        closes_on=play.day(30).date(),
    )
    author = play.people[by]
    petition = petitions.drafting.draft_petition(
        play.db, play.guilds[guild], actor=author, draft=draft, now=now
    )
    play.at(play.day(gone), partial(_give_up, play, petition, author))


def _give_up(play: Play, petition: Petition, author: User, now: datetime) -> None:
    petitions.drafting.withdraw_petition(play.db, petition, actor=author, now=now)


def _put_before_guild(play: Play, story: PetitionStory, petition: Petition, now: datetime) -> None:
    proposal = petitions.drafting.put_before_guild(
        play.db,
        petition,
        actor=play.people[story.by],
        how=Case("", timedelta(days=story.length)),
        now=now,
    )
    _is_debated(play, proposal, story.said)
    is_voted_on(play, proposal, story.ballots, partial(_if_open, play, story, petition))


def _if_open(play: Play, story: PetitionStory, petition: Petition, now: datetime) -> None:
    """Let it be signed, most in the first days, and closed at the end of its last day."""
    if petition.state != PetitionState.OPEN:
        return
    ends = last_moment(petition.closes_on)
    play.at(ends, partial(_close_petition, play, petition))
    aftermath.follow(play, story.key, petition)
    checks.follow(play, story.key, petition)
    falls, length = chance(story.key), min(ends, play.now) - now
    for number in range(story.signatures + story.withdrawn):
        at = now + length * falls.random() ** 1.5 * 0.99
        takes_back = number >= story.signatures
        person = signatory(story.key, number, falls, story.regions)
        _is_signed(play, petition, person, at, falls, takes_back)
    for number in range(story.unconfirmed):
        at = play.day(-falls.uniform(0.1, UNCONFIRMED_WITHIN))
        person = signatory(f"{story.key}-waiting", number, falls)
        play.at(at, partial(_sign, play, petition, person))


def _is_signed(
    play: Play,
    petition: Petition,
    person: Signatory,
    at: datetime,
    falls: Random,
    takes_back: bool,
) -> None:
    """Signed, confirmed some minutes later, and perhaps taken back within the day."""
    play.at(at, partial(_sign, play, petition, person))
    confirmed_at = at + (play.now - at) * 0.001 * falls.random()
    play.at(confirmed_at, partial(_confirm, play, petition, person))
    if takes_back:
        taken_back_at = confirmed_at + (play.now - confirmed_at) * 0.01
        play.at(taken_back_at, partial(_take_back, play, petition, person))


def signatory(key: str, number: int, falls: Random, regions: tuple[str, ...] = ()) -> Signatory:
    """Somebody without an account, with a mailbox that cannot exist; of the first regions most."""
    return Signatory(
        name=f"{falls.choice(GIVEN_NAMES)} {falls.choice(FAMILY_NAMES)}",
        address=address_of(f"{key}-{number + 1}"),
        country=falls.choice(COUNTRIES),
        name_is_public=falls.random() < SHOWN_SHARE,
        wants_updates=falls.random() < FOLLOWING_SHARE,
        name_is_handed_over=falls.random() < HANDED_SHARE,
        region=regions[int(len(regions) * falls.random() ** 2)] if regions else "",
    )


def _sign(play: Play, petition: Petition, person: Signatory, now: datetime) -> None:
    petitions.signing.sign_petition(play.db, petition, signatory=person, vault=play.vault, now=now)


def _confirm(play: Play, petition: Petition, person: Signatory, now: datetime) -> None:
    signature_id = _signature_of(play, petition, person)
    petitions.signing.confirm_signature(play.db, signature_id, now=now)
    petitions.counter.fold(play.db, petition.id, now=now)


def _take_back(play: Play, petition: Petition, person: Signatory, now: datetime) -> None:
    signature_id = _signature_of(play, petition, person)
    petitions.signing.withdraw_signature(play.db, signature_id, now=now)
    petitions.counter.fold(play.db, petition.id, now=now)


def _signature_of(play: Play, petition: Petition, person: Signatory) -> UUID:
    """What the link in the mail would have named."""
    mailbox = petitions.signing.mailbox_hash(play.vault, petition.id, person.address)
    query = select(Signature.id).where(
        Signature.petition_id == petition.id, Signature.address_hash == mailbox
    )
    return play.db.exec(query).one()


def _close_petition(play: Play, petition: Petition, now: datetime) -> None:
    petitions.life.close_petition(play.db, petition.id, now=now)
