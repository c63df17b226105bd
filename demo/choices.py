"""The scenes of choosing: ranked, scored, shared out, elected, agreed to, and left unheard."""

from datetime import datetime, timedelta
from functools import partial
from itertools import chain, repeat

from sqlmodel import select

import events.by_decision
import events.endorsements
import legislation.queries
import voting.casting
import voting.closing
import voting.delegations
import voting.expiring
import voting.queries
import voting.rounds
import voting.secrecy
import voting.services
import voting.stances
from accounts.models import User
from demo.billfiles import CONGRESS
from demo.play import Play, chance
from demo.story import choices as told
from demo.story.choices import ChoiceStory, CircleStory
from events.models import Endorsement, Event
from guilds.charter import DecisionKind, Method
from legislation.models import GuildStance
from voting import rules
from voting.models import Choice, Proposal, ProposalState
from voting.question import Case, OptionFacts, Question


def choices(play: Play) -> None:
    for story in told.CHOICES:
        play.at(play.day(story.put), partial(_put_choice, play, story))
    for circle in told.CIRCLES:
        play.at(play.day(circle.put), partial(_ask_circle, play, circle))
    for guild, giver, holder, topic, day in told.DELEGATIONS:
        play.at(play.day(day), partial(_delegate, play, guild, giver, holder, topic))


def beginnings(play: Play) -> None:
    """Drafts, those that look for supporters, and a tie."""
    for guild, by, day, title, text in told.DRAFTS:
        play.at(play.day(day), partial(_begin, play, guild, by, title, text))
    for guild, by, day, supporters, title, text in told.SEEKING:
        play.at(play.day(day), partial(_seek, play, guild, by, supporters, title, text))
    for guild, by, day, length, yes, no, title, text in told.TIES:
        question = _resolution(title, text, length)
        marks = said(yes, no)
        play.at(play.day(day), partial(_put, play, guild, by, question, marks))


def deeds(play: Play) -> None:
    """Decisions that do something to bills and events."""
    for guild, bill, by, day, length, stance, yes, no, why in told.STANCES:
        marks = said(yes, no)
        play.at(play.day(day), partial(_stand, play, guild, bill, by, length, stance, why, marks))
    for guild, event, by, day, length, yes, why in told.ENDORSEMENTS:
        play.at(play.day(day), partial(_endorse, play, guild, event, by, length, why, yes))
    for guild, event, by, day, why in told.TURNED_DOWN:
        play.at(play.day(day), partial(_turn_down, play, guild, event, by, why))
    for _guild, event, by, day, length in told.CALLS:
        play.at(play.day(day), partial(_call, play, event, by, length))


def said(yes: int, no: int) -> list[str]:
    """So many yes and no, as ballots hold them."""
    return [Choice.YES.value] * yes + [Choice.NO.value] * no


def _resolution(title: str, text: str, length: float) -> Question:
    return Question(
        kind=DecisionKind.RESOLUTION,
        title=title,
        text=text,
        voting_length=timedelta(days=length),
    )


# --- choosing ---


def _put_choice(play: Play, story: ChoiceStory, now: datetime) -> None:
    question = Question(
        kind=DecisionKind(story.kind),
        title=story.title,
        text=story.text,
        voting_length=timedelta(days=story.length),
        method=Method(story.method),
        options=tuple(
            OptionFacts(
                thing.name,
                thing.note,
                thing.cost,
                play.people[thing.handle].id if thing.handle else None,
            )
            for thing in story.things
        ),
        settings=dict(story.settings),
        seats=story.seats,
        topic=story.topic,
        deed=dict(story.deed),
    )
    marks = list(chain.from_iterable(repeat(one, number) for one, number in story.marks))
    _put(play, story.guild, story.by, question, marks, now)


def _put(
    play: Play, guild: str, by: str, question: Question, marks: list[str], now: datetime
) -> None:
    author = play.people[by]
    proposal = voting.services.put_proposal(
        play.db, play.guilds[guild], question, actor=author, now=now
    )
    goes_on(play, proposal, marks, now)


def goes_on(play: Play, proposal: Proposal, marks: list[str], now: datetime) -> None:
    """Supporters as the charter asks, then opening, ballots and close when they are due."""
    if proposal.state == ProposalState.SUPPORT:
        _support(play, proposal, proposal.decision_rule.supporters, now)
    if proposal.state == ProposalState.VOTING:  # without a debate it has opened already
        _vote(play, proposal, marks, now)
    else:
        play.at(proposal.opens_at, partial(_open, play, proposal, marks))


def _support(play: Play, proposal: Proposal, number: int, now: datetime) -> None:
    others = [one for one in _members(play, proposal) if one.id != proposal.author_id]
    for person in others[:number]:
        voting.services.support(play.db, proposal, actor=person, now=now)


def _members(play: Play, proposal: Proposal) -> list[User]:
    ids = set(voting.queries.member_ids(play.db, proposal.guild_id))
    return [person for person in play.people.values() if person.id in ids]


def _open(play: Play, proposal: Proposal, marks: list[str], now: datetime) -> None:
    voting.services.open_voting(play.db, proposal, now=now)
    _vote(play, proposal, marks, now)


def _vote(play: Play, proposal: Proposal, marks: list[str], now: datetime) -> None:
    """Who casts what at which hour is drawn; whoever lets others vote keeps silent."""
    falls = chance(proposal.title)
    givers = {giver for _, giver, *_ in told.DELEGATIONS}
    electors = [one for one in _members(play, proposal) if one.handle not in givers]
    falls.shuffle(electors)
    cast = list(marks)
    falls.shuffle(cast)
    length = min(proposal.closes_at, play.now) - now
    for person, one in zip(electors, cast, strict=False):
        at = now + length * falls.uniform(0.02, 0.98)
        play.at(at, partial(_cast, play, proposal, person, one))
    play.at(proposal.closes_at, partial(_close, play, proposal))


def _cast(play: Play, proposal: Proposal, person: User, marks: str, now: datetime) -> None:
    if proposal.decision_rule.is_secret:
        voting.secrecy.cast_secret(
            play.db, proposal, actor=person, marks=marks, keys=play.means.keys, now=now
        )
    else:
        voting.casting.cast_ballot(play.db, proposal, actor=person, marks=marks, now=now)


def _close(play: Play, proposal: Proposal, now: datetime) -> None:
    voting.closing.close_proposal(play.db, proposal, play.means, now=now)
    if proposal.decision_rule.is_secret:
        voting.secrecy.forget_keys(play.db, play.means.keys)


def _delegate(play: Play, guild: str, giver: str, holder: str, topic: str, now: datetime) -> None:
    voting.delegations.give(
        play.db,
        play.guilds[guild],
        holder=play.people[holder],
        topic=topic,
        actor=play.people[giver],
        now=now,
    )


# --- consent ---


def _ask_circle(play: Play, story: CircleStory, now: datetime) -> None:
    proposal = voting.services.put_proposal(
        play.db,
        play.guilds["translators"],
        _resolution(story.title, story.text, story.length),
        actor=play.people[story.by],
        now=now,
    )
    play.at(proposal.opens_at, partial(_open_round, play, proposal, story))


def _open_round(play: Play, proposal: Proposal, story: CircleStory, now: datetime) -> None:
    """Everybody answers; the author takes objections in, or the clock ends the round."""
    voting.services.open_voting(play.db, proposal, now=now)
    told_round = story.rounds[proposal.round - 1]
    against = {objection.by: objection.reason for objection in told_round.objections}
    length = proposal.closes_at - now
    members = [one for one in _members(play, proposal) if one.handle not in against]
    answers = [(person, Choice.YES, "") for person in members[: told_round.consents]]
    answers += [(play.people[by], Choice.NO, reason) for by, reason in against.items()]
    for place, (person, choice, reason) in enumerate(answers, 1):
        at = now + length * 0.8 * place / (len(answers) + 1)
        play.at(at, partial(_answer, play, proposal, person, choice, reason))
    if told_round.new_text:
        at = now + length * 0.9
        play.at(at, partial(_integrate, play, proposal, story, told_round.new_text))
    else:
        play.at(proposal.closes_at, partial(_close_round, play, proposal, story))


def _answer(
    play: Play, proposal: Proposal, person: User, choice: Choice, reason: str, now: datetime
) -> None:
    voting.rounds.answer(
        play.db,
        proposal,
        actor=person,
        choice=choice,
        reason=reason,
        asked=proposal.round,
        now=now,
    )


def _integrate(
    play: Play, proposal: Proposal, story: CircleStory, text: str, now: datetime
) -> None:
    voting.rounds.integrate(
        play.db,
        proposal,
        actor=play.people[story.by],
        text=text,
        asked=proposal.round,
        now=now,
    )
    play.at(proposal.opens_at, partial(_open_round, play, proposal, story))


def _close_round(play: Play, proposal: Proposal, story: CircleStory, now: datetime) -> None:
    voting.closing.close_proposal(play.db, proposal, play.means, now=now)
    if proposal.state == ProposalState.DELIBERATION:
        play.at(proposal.opens_at, partial(_open_round, play, proposal, story))


# --- what was not heard, or not put ---


def _begin(play: Play, guild: str, by: str, title: str, text: str, now: datetime) -> None:
    draft = voting.services.draft_proposal(
        play.db,
        play.guilds[guild],
        _resolution(title, text, 3 if guild == "lucid" else 1),
        actor=play.people[by],
        now=now,
    )
    play.at(now + rules.DRAFT_LENGTH, partial(_expire, play, draft))


def _expire(play: Play, draft: Proposal, now: datetime) -> None:
    voting.expiring.expire_draft(play.db, draft, now=now)


def _seek(
    play: Play, guild: str, by: str, supporters: int, title: str, text: str, now: datetime
) -> None:
    proposal = voting.services.put_proposal(
        play.db, play.guilds[guild], _resolution(title, text, 7), actor=play.people[by], now=now
    )
    _support(play, proposal, supporters, now)
    play.at(now + rules.SUPPORT_LENGTH, partial(_end_support, play, proposal))


def _end_support(play: Play, proposal: Proposal, now: datetime) -> None:
    voting.expiring.end_support(play.db, proposal, now=now)


# --- deeds ---


def _stand(
    play: Play,
    guild: str,
    bill: str,
    by: str,
    length: float,
    stance: str,
    why: str,
    marks: list[str],
    now: datetime,
) -> None:
    found = legislation.queries.lock_bill(play.db, "us", str(CONGRESS), bill)
    assert found is not None, bill
    proposal = voting.stances.propose_stance(
        play.db,
        play.guilds[guild],
        found,
        GuildStance(stance),
        case=Case(why, timedelta(days=length)),
        actor=play.people[by],
        now=now,
    )
    goes_on(play, proposal, marks, now)


def _endorse(
    play: Play, guild: str, title: str, by: str, length: float, why: str, yes: int, now: datetime
) -> None:
    proposal = events.endorsements.propose_endorsement(
        play.db,
        _event(play, title),
        play.guilds[guild],
        case=Case(why, timedelta(days=length)),
        actor=play.people[by],
        now=now,
    )
    goes_on(play, proposal, said(yes, 0), now)


def _turn_down(play: Play, guild: str, title: str, by: str, why: str, now: datetime) -> None:
    standing = select(Endorsement).where(
        Endorsement.event_id == _event(play, title).id,
        Endorsement.guild_id == play.guilds[guild].id,
    )
    events.endorsements.turn_down(
        play.db, play.db.exec(standing).one(), reason=why, actor=play.people[by], now=now
    )


def _call(play: Play, title: str, by: str, length: float, now: datetime) -> None:
    """It waits for supporters still, or is debated."""
    events.by_decision.propose_call(
        play.db,
        _event(play, title),
        how=Case("", timedelta(days=length)),
        actor=play.people[by],
        now=now,
    )


def _event(play: Play, title: str) -> Event:
    return play.db.exec(select(Event).where(Event.title == title)).one()
