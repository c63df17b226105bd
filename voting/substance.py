"""The substance of a proposal: what it would settle besides its words, and amendments may change.

These terms are how it is voted on; of a proposal to change the charter the rules it proposes; of a
choice its options, seats and settings. They are plain data in sections of named parts, so that two
changes of them join part by part: {"rules": {kind: rule}, "settings": {"method": name}}, or
{"options": {name: facts}, "settings": {name: text}}, "method" and "seats" among the settings.
What has no terms asks by its words and its deed alone, in the one way its rule allows.
Source: docs/decisions/0205-amendments.md
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from core.errors import RuleBroken
from core.templating import count
from guilds import by_decision
from guilds.charter import ONE_QUESTION, Charter, DecisionKind, Method
from guilds.charter_diff import Change, Line, Mark
from guilds.charter_diff import changes as charter_changes
from guilds.charter_words import METHOD_NAMES
from guilds.models import Guild
from guilds.queries import charter_version
from voting import queries, rules
from voting.explaining.parts import money_text
from voting.marks import SCORE_RANGE
from voting.models import Proposal, ProposalOption, ProposalVersion
from voting.question import OptionFacts, Question, choice_refusal, name_of_member

Terms: TypeAlias = dict[str, dict[str, Any]]

NOTHING_CHANGES = "This charter reads exactly like the one in force."


def has_terms(proposal: Proposal) -> bool:
    """Say whether there is more to change than words."""
    is_choice = proposal.method not in ONE_QUESTION or len(proposal.decision_rule.methods) > 1
    return is_choice or proposes_charter(proposal)


def may_change_terms(proposal: Proposal) -> bool:
    """Say whether any of it is still open, apart from who may write and until when."""
    is_open = len(rules.methods_open_to(proposal)) > 1
    return is_open or proposal.method not in ONE_QUESTION or proposes_charter(proposal)


def proposes_charter(proposal: Proposal) -> bool:
    return proposal.kind == DecisionKind.CHANGE_CHARTER and "rules" in proposal.deed


def terms_of(db: Session, proposal: Proposal) -> Terms:
    """The terms as they stand; {} where there are none."""
    if not has_terms(proposal):
        return {}
    if proposes_charter(proposal):
        return decided_by(charter_terms(charter_in(proposal.deed)), proposal.method)
    return choice_terms(queries.question_of(db, proposal))


def terms_of_version(db: Session, proposal: Proposal, number: int) -> Terms:
    """The terms of one of its versions. A version without any has those that stand."""
    query = select(ProposalVersion.terms).where(
        ProposalVersion.proposal_id == proposal.id, ProposalVersion.number == number
    )
    kept, now = db.exec(query).one(), terms_of(db, proposal)
    return now if kept is None else _whole(dict(kept), now)


def decided_by(terms: Terms, method: Method) -> Terms:
    """The same terms, voted on by this method."""
    return {**terms, "settings": {**terms.get("settings", {}), "method": method.value}}


def _whole(terms: Terms, now: Terms) -> Terms:
    """The same terms; where they name no method, the one there is now stays."""
    named = "method" in terms.get("settings", {})
    return terms if named else decided_by(terms, Method(now["settings"]["method"]))


def charter_terms(charter: Charter) -> Terms:
    """The rules alone, as the deed of a proposal holds them."""
    return {"rules": charter.model_dump(mode="json")["rules"]}


def charter_in(terms: Terms) -> Charter:
    """The charter that terms, or the deed of a proposal, hold."""
    return Charter.model_validate({"rules": terms["rules"]})


def choice_terms(question: Question) -> Terms:
    options = {
        option.name: {
            "note": option.note,
            "cost": option.cost,
            "is_member": option.user_id is not None,
        }
        for option in question.options
    }
    return {
        "options": options,
        "settings": {
            "method": (question.method or Method.MAJORITY).value,
            **_usual_scores(question.method),
            **question.settings,
            "seats": str(question.seats),
        },
    }


def _usual_scores(method: Method | None) -> dict[str, str]:
    """The range of scores that holds where none is set."""
    told = {Method.SCORE: ("lowest", "highest"), Method.STAR: ("highest",)}
    return {name: SCORE_RANGE[name] for name in told.get(method or Method.MAJORITY, ())}


def merged(base: Terms, now: Terms, wanted: Terms) -> Terms | None:
    """Both changes of the same terms in one; None if they change one part in two ways."""
    joined: Terms = {}
    base, wanted = _whole(base, now), _whole(wanted, now)
    asks_order = reorders(base, wanted)
    if asks_order and reorders(base, now) and reorders(now, wanted):
        return None
    for section, parts in now.items():
        joined[section] = {}
        in_order = (wanted[section], parts) if asks_order else (parts, wanted[section])
        for name in in_order[0] | in_order[1]:
            was, stands, asked = (side[section].get(name) for side in (base, now, wanted))
            if was not in (stands, asked) and stands != asked:
                return None
            part = asked if stands == was else stands
            if part is not None:
                joined[section][name] = part
    return joined


def reorders(before: Terms, after: Terms) -> bool:
    """Say whether the options that both have stand in another order on the ballot paper."""
    old, new = (terms.get("options", {}) for terms in (before, after))
    return [name for name in old if name in new] != [name for name in new if name in old]


def refusal(db: Session, proposal: Proposal, terms: Terms, *, now: datetime) -> str | None:
    """Why a proposal cannot ask for this, in words; None if it can."""
    asked = question_asking(db, proposal, terms)
    method = asked.method or proposal.method
    if method not in rules.methods_open_to(proposal):
        return rules.method_refusal(proposal, method)
    if proposes_charter(proposal):
        charter, base = charter_in(terms), int(proposal.deed["base"])
        if not charter_changes(_charter_before(db, proposal), charter):
            return NOTHING_CHANGES
        guild = db.get_one(Guild, proposal.guild_id)
        return by_decision.charter_refusal(db, guild, charter, base=base, now=now)
    found = choice_refusal(asked, method)
    return found[1] if found else None


def checked(db: Session, proposal: Proposal, terms: Terms | None, *, now: datetime) -> Terms | None:
    """Terms that a proposal can ask for instead of its own; None if they are those it has.

    Raises RuleBroken with the reason why it cannot.
    """
    if terms is None:
        return None
    standing = terms_of(db, proposal)
    terms = _whole(terms, standing)
    if terms == standing and not reorders(standing, terms):
        return None
    why = refusal(db, proposal, terms, now=now)
    if why is not None:
        raise RuleBroken(why)
    return terms


def question_asking(db: Session, proposal: Proposal, terms: Terms) -> Question:
    """What a proposal asks, with the choice in these terms instead of its own."""
    question = queries.question_of(db, proposal)
    listed: dict[str, dict[str, Any]] = terms.get("options", {})
    standing = _standing(db, proposal.guild_id, listed)
    standing |= {one.name: one.user_id for one in question.options if one.user_id}
    options = tuple(
        OptionFacts(name, facts["note"], facts["cost"], standing.get(name))
        for name, facts in listed.items()
    )
    settings = dict(terms.get("settings", {}))
    method = Method(settings.pop("method", proposal.method))
    seats = int(settings.pop("seats", 1))
    return replace(question, method=method, options=options, settings=settings, seats=seats)


def settle_on(db: Session, proposal: Proposal, terms: Terms) -> None:
    """Let a proposal ask for this from now on; whether it can is asked by the caller.

    Versions so far keep what was asked then. The title of a change of the charter follows.
    """
    was = terms_of(db, proposal)
    so_far = sa.update(ProposalVersion).where(
        col(ProposalVersion.proposal_id) == proposal.id, col(ProposalVersion.terms).is_(None)
    )
    db.connection().execute(so_far.values(terms=was))
    asked = question_asking(db, proposal, terms)
    proposal.method = asked.method or proposal.method
    if proposes_charter(proposal):
        proposal.deed = {**proposal.deed, "rules": terms["rules"]}
        changed = charter_changes(_charter_before(db, proposal), charter_in(terms))
        proposal.title = charter_title(changed)
    else:
        proposal.settings, proposal.seats = dict(asked.settings), asked.seats
        lay_out(db, proposal, asked.options)
    db.add(proposal)


def lay_out(db: Session, proposal: Proposal, options: Sequence[OptionFacts]) -> None:
    """Put these on the ballot paper, in their order, in place of any before."""
    db.exec(delete(ProposalOption).where(col(ProposalOption.proposal_id) == proposal.id))
    for position, option in enumerate(options):
        db.add(ProposalOption(proposal_id=proposal.id, position=position, **vars(option)))
    db.flush()


def _standing(db: Session, guild_id: UUID, listed: dict[str, dict[str, Any]]) -> dict[str, UUID]:
    """Name on the paper, which ends in the handle -> the member who stands under it."""
    names = {name for name, facts in listed.items() if facts["is_member"]}
    handles = [name[name.rindex("(@") + 2 : -1] for name in names if "(@" in name]
    found = queries.members_called(db, guild_id, handles) if handles else {}
    named = {name_of_member(user): user.id for user in found.values()}
    return {name: named[name] for name in names & set(named)}


def charter_title(changed: list[Change]) -> str:
    """Such as "Change the charter: Spend money" or "Change the charter for 5 kinds of decision"."""
    names = [name for change in changed for name in change.kinds]
    if len(names) == 1:
        return f"Change the charter: {names[0]}"
    return f"Change the charter for {count(len(names), 'kind')} of decision"


def _charter_before(db: Session, proposal: Proposal) -> Charter:
    """The version that a proposed charter was written against."""
    version = charter_version(db, proposal.guild_id, int(proposal.deed["base"]))
    if version is None:
        raise ValueError("a proposed charter names the version it is against")
    return Charter.model_validate(version.rules)


def changes(before: Terms, after: Terms, *, of_people: bool = False) -> list[Change]:
    """What reads differently; [] if nothing does. of_people: the options are candidates."""
    found = charter_changes(charter_in(before), charter_in(after)) if "rules" in after else []
    name = "Candidates" if of_people else "Options"
    currency = {**before.get("settings", {}), **after.get("settings", {})}.get("currency", "")
    old, new = (_said(side, of_people=of_people) for side in (before, _whole(after, before)))
    option_in_words = partial(_option_in_words, currency=currency)
    parts = {
        name: _lines(before.get("options", {}), after.get("options", {}), option_in_words),
        "How it is voted on and counted": _lines(old, new, _setting_in_words),
    }
    if reorders(before, after):
        parts["Order on the ballot paper"] = (
            Line(Mark.GONE, ", ".join(before["options"])),
            Line(Mark.NEW, ", ".join(after["options"])),
        )
    for title, lines in parts.items():
        if any(line.mark != Mark.SAME for line in lines):
            found.append(Change((title,), lines))
    return found


def _said(terms: Terms, *, of_people: bool) -> dict[str, str]:
    """The settings worth a word: only people have seats."""
    settings = terms["settings"].items()
    return {name: text for name, text in settings if of_people or name != "seats"}


def _lines(before: dict[str, Any], after: dict[str, Any], words: Any) -> tuple[Line, ...]:
    lines = []
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old == new:
            lines.append(Line(Mark.SAME, words(name, old)))
            continue
        if old is not None:
            lines.append(Line(Mark.GONE, words(name, old)))
        if new is not None:
            lines.append(Line(Mark.NEW, words(name, new)))
    return tuple(lines)


def _option_in_words(name: str, facts: dict[str, Any], *, currency: str) -> str:
    cost = f", costs {money_text(facts['cost'], currency)}" if facts["cost"] else ""
    note = f": {facts['note']}" if facts["note"] else ""
    return f"{name}{cost}{note}"


def _setting_in_words(name: str, text: str) -> str:
    match name:
        case "method":
            return f"Decided by {METHOD_NAMES[Method(text)]}"
        case "seats":
            return f"{count(int(text), 'seat')} to fill"
        case "budget":
            return f"{money_text(text)} to spend"
        case "currency":
            return f"Money is counted in {text}"
        case "completion":
            return "Money left over goes to the most supported projects that still fit"
        case "rule":
            return "Votes are passed on by Meek's rules"
        case "lowest" | "highest":
            return f"The {name} score is {text}"
    return f"{name}: {text}"
