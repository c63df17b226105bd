"""The scenes of writing a petition together, of guilds that stand behind another's, and of ends."""

from datetime import datetime, timedelta
from functools import partial

import petitions.answers
import petitions.drafting
import petitions.joining
import petitions.life
import petitions.suggestions
from demo.debates import is_voted_on
from demo.play import Play
from demo.story.together import (
    AMENDED,
    ASKED,
    ENDS,
    JOINS,
    SUGGESTIONS,
    EndStory,
    JoinStory,
    SuggestionStory,
)
from petitions.joining import Deed
from petitions.models import Petition
from petitions.versions import text_of
from petitions.writing_models import Suggestion
from voting.question import Case


def amendments(play: Play) -> None:
    """One draft is opened for suggestions; some have their answer."""
    play.at(play.day(ASKED), partial(_ask, play))
    for story in SUGGESTIONS:
        play.at(play.day(story.made), partial(_suggest, play, story))


def _amended(play: Play) -> Petition:
    return play.db.get_one(Petition, play.petitions[AMENDED])


def _ask(play: Play, now: datetime) -> None:
    petition = _amended(play)
    author = next(one for one in play.people.values() if one.id == petition.author_id)
    petitions.drafting.ask_for_suggestions(play.db, petition, actor=author, now=now)


def _suggest(play: Play, story: SuggestionStory, now: datetime) -> None:
    petition = _amended(play)
    before = text_of(petition, story.passage)
    assert story.before in before, "the story knows the words it changes"
    made = petitions.suggestions.suggest(
        play.db,
        petition,
        story.passage,
        after=before.replace(story.before, story.after),
        reason=story.reason,
        seen_version=petition.version,
        actor=play.people[story.by],
        now=now,
    )
    if story.answered is not None:
        play.at(play.day(story.answered), partial(_answer, play, story, made))


def _answer(play: Play, story: SuggestionStory, made: Suggestion, now: datetime) -> None:
    petition = _amended(play)
    author = next(one for one in play.people.values() if one.id == petition.author_id)
    if story.taken_in:
        petitions.suggestions.accept(
            play.db,
            made,
            seen_version=petition.version,
            reason=story.answer,
            actor=author,
            now=now,
        )
    else:
        petitions.suggestions.decline(play.db, made, reason=story.answer, actor=author, now=now)


def ends(play: Play) -> None:
    """Organisers settle what was answered, and stop what nobody has to ask for any more."""
    for story in ENDS:
        play.at(play.day(story.at), partial(_end, play, story))


def _end(play: Play, story: EndStory, now: datetime) -> None:
    petition = play.db.get_one(Petition, play.petitions[story.petition])
    actor = play.people[story.by]
    if story.settlement is None:
        petitions.life.stop_petition(play.db, petition, actor=actor, reason=story.reason, now=now)
    else:
        petitions.answers.settle(
            play.db,
            petition,
            actor=actor,
            settlement=story.settlement,
            reason=story.reason,
            now=now,
        )
    play.tell_signatories()


def joins(play: Play) -> None:
    for story in JOINS:
        play.at(play.day(story.put), partial(_propose, play, story))


def _propose(play: Play, story: JoinStory, now: datetime) -> None:
    proposal = petitions.joining.propose(
        play.db,
        play.db.get_one(Petition, play.petitions[story.petition]),
        play.guilds[story.guild],
        Deed.JOIN,
        case=Case(story.why, timedelta(days=story.length)),
        actor=play.people[story.by],
        now=now,
    )
    is_voted_on(play, proposal, story.ballots)
