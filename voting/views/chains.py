"""How one proposal fares by delegations, in words for who looks: before the close and after."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from core.templating import count
from guilds.models import Guild
from voting import ballots, chains, queries
from voting.chains import Chain, Crowd, End
from voting.delegating import Why
from voting.forms import HolderOnForm
from voting.models import DECIDED_STATES, OPEN_STATES, Ballot, Delegation, Proposal
from voting.queries import Shown
from voting.views.blueprint import url_of
from voting.views.papers import words_of

#: members a page names, or offers while one types; beyond that a number, and typing
MOST_NAMED, MOST_OFFERED = 10, 100

UNHEARD = {
    Why.LOOP: "Your vote was not cast: the members you let vote for you let each other vote, in a "
    "circle, and none of them did.",
    Why.DEAD_END: "Your vote was not cast: whoever it came to did not vote.",
    Why.CAP: "Your vote was not cast: it came to somebody who spoke for as many as the charter "
    "lets one person speak for, and who were there before you.",
}


def about(delegation: Delegation, proposals: dict[str, Proposal]) -> tuple[str, str | None]:
    """What a delegation is for, and where that is shown."""
    kind, _, word = delegation.scope.partition(":")
    if kind == "topic":
        return f"Decisions on “{word}”", None
    if kind == "proposal":
        proposal = proposals.get(delegation.scope)
        return (proposal.title, url_of(proposal)) if proposal else ("One proposal", None)
    return "Everything the guild decides", None


def delegation_of(
    shown: Shown, *, mine: Ballot | None, form: HolderOnForm | None = None
) -> dict[str, Any]:
    """Whom I let vote here and whom I vote for; delegation: None where there is nothing to say."""
    proposal = shown.proposal
    if not proposal.decision_rule.delegation:
        return {"delegation": None}
    if proposal.state in DECIDED_STATES:
        return {"delegation": _afterwards(get_db(), proposal, mine)}
    if proposal.state not in OPEN_STATES:
        return {"delegation": None}
    return {"delegation": _before(get_db(), shown, mine, form or HolderOnForm(formdata=None))}


def _afterwards(db: Session, proposal: Proposal, mine: Ballot | None) -> dict[str, Any] | None:
    """How I was represented, or for how many my ballot spoke."""
    if mine is not None:
        others = mine.weight - 1
        said = f"Your ballot counted for you and for {count(others, 'other member')}."
        return {"is_over": True, "said": said, "marks": []} if others else None
    found = chains.representation(db, proposal.id, me().id)
    if found is None:
        return None
    row, voter = found
    if row.why:
        return {"is_over": True, "said": UNHEARD[Why(row.why)], "marks": []}
    ballot = ballots.my_ballot(db, proposal, voter.id) if voter else None
    name = voter.display_name if voter else "A former member"
    marks = words_of(proposal, queries.options(db, proposal.id), ballot) if ballot else []
    said = f"{name} voted for you{':' if marks else '.'}"
    return {"is_over": True, "said": said, "marks": marks}


def _before(db: Session, shown: Shown, mine: Ballot | None, form: HolderOnForm) -> dict[str, Any]:
    proposal = shown.proposal
    is_open = proposal.electorate_count is not None
    has_seat = not is_open or queries.elector(db, proposal.id, me().id) is not None
    is_over = is_open and clock.now() >= proposal.closes_at
    can_give = has_seat and mine is None and not is_over
    chain = chains.chain(db, proposal, me()) if has_seat else None
    crowd = chains.crowd(db, proposal, me().id)
    tone, said = ("quiet", "")
    if chain is not None and mine is not None:
        name = chain.people[0].display_name
        said = f"You voted yourself, so your own ballot counts. {name} does not vote for you here."
    elif chain is not None:
        tone, said = chain_in_words(chain, proposal)
    return {
        "is_over": False,
        "tone": tone,
        "said": said,
        "own": chain.delegation if chain else None,
        "is_here": chain is not None and chain.delegation.scope.startswith("proposal:"),
        "about": about(chain.delegation, {})[0] if chain else "",
        "crowd": _crowd_in_words(crowd, proposal, chain, has_voted=mine is not None)
        if has_seat
        else "",
        "named": chains.people(db, crowd.principals[:MOST_NAMED]) if has_seat else [],
        "more": max(0, len(crowd.principals) - MOST_NAMED),
        "can_give": can_give,
        "form": form,
        "offered": offered(db, shown.guild) if can_give else [],
    }


def offered(db: Session, guild: Guild) -> list[User]:
    """The other members, to choose from while typing; none where they are too many for a list."""
    if guild.member_count > MOST_OFFERED:
        return []
    return chains.names_to_offer(db, guild.id, me().id, MOST_OFFERED)


def chain_in_words(chain: Chain, proposal: Proposal) -> tuple[str, str]:
    """Tone and sentences that tell a principal where their delegation leads, and what to do."""
    holder, last = chain.people[0].display_name, chain.people[-1].display_name
    way = ""
    if len(chain.people) > 1:
        way = f"{holder} lets others vote in turn, and it comes to {last}. "
    match chain.end:
        case End.VOTED:
            return "good", f"{way}{last} has voted, and votes for you unless you vote yourself."
        case End.WAITING if proposal.electorate_count is None:
            return "quiet", f"{way}{last} votes for you unless you vote yourself."
        case End.WAITING:
            return "quiet", (
                f"{way}{last} votes for you unless you vote yourself. {last} has not voted yet; "
                "if it stays so, you count as not voting."
            )
        case End.NO_BALLOT:
            return "warn", (
                f"{way}{last} has no ballot in this vote, so nobody votes for you. "
                "Vote yourself, or let somebody else vote for you."
            )
        case End.LOOP:
            return "warn", (
                f"It goes in a circle: {_circle(chain.people)}. Nobody in it has voted, and if it "
                "stays so, you count as not voting. Vote yourself, or let somebody outside the "
                "circle vote for you."
            )
        case End.CAP:
            cap = proposal.decision_rule.delegation_cap
            return "warn", (
                f"{way}{last} speaks for {count(cap, 'other member')} who came before you, as many "
                "as the charter lets, so nobody votes for you. Vote yourself, or let somebody else "
                "vote for you."
            )
        case End.FAR:
            return "quiet", (
                f"{holder} lets others vote in turn, through more than {chains.MOST_STEPS} people: "
                "further than this page follows. At the close it is followed to its end."
            )


def circle_in_words(people: Sequence[User]) -> str:
    """What to know when giving closed a circle over these people, the last of them met twice."""
    return (
        f"As it stands, it goes in a circle: {_circle(people)}. Where nobody in it votes, "
        "you count as not voting."
    )


def _circle(people: Sequence[User]) -> str:
    """The people of a loop, each letting the next vote; in the middle of a long one an ellipsis."""
    names = [person.display_name for person in people]
    if people[-1].id == me().id:
        names = ["you", *names[:-1], "you"]
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 2], "…", names[-1]]
    return " → ".join(names)


def _crowd_in_words(
    crowd: Crowd, proposal: Proposal, chain: Chain | None, *, has_voted: bool
) -> str:
    """For how many people I vote; "" for none."""
    number = len(crowd.principals)
    if not number:
        return ""
    people = (
        count(number, "member") if crowd.is_all else f"more than {chains.MOST_PEOPLE:,} members"
    )
    if has_voted:
        said = f"You vote for {people} besides yourself, unless they vote themselves."
    elif chain is not None:
        said = (
            f"It has come to you to vote for {people}. If you vote, your ballot speaks for them "
            "too; if not, it goes on to whom you let vote."
        )
    else:
        said = (
            f"It has come to you to vote for {people}. Your ballot will speak for them unless they "
            "vote themselves; without it they count as not voting."
        )
    cap = proposal.decision_rule.delegation_cap
    if cap and number > cap:
        said += f" The charter lets one person speak for {count(cap, 'other')}: the first who came."
    return said
