"""The scenes of telling people how petitions go: news, and milestones told to organisers."""

from datetime import datetime
from functools import partial

from demo.play import Play
from demo.story.news import NEWS, Piece
from petitions import milestones, updates
from petitions.models import Petition
from petitions.updates import News

#: days back from which milestones are told, once a day
TOLD_FROM = 120


def news(play: Play) -> None:
    for piece in NEWS:
        play.at(play.day(piece.at), partial(_post, play, piece))
    for days in range(TOLD_FROM):
        play.at(play.day(-days), partial(_tell_milestones, play))


def _post(play: Play, piece: Piece, now: datetime) -> None:
    petition = play.db.get_one(Petition, play.petitions[piece.petition])
    told = News(piece.title, piece.text.strip())
    updates.post_update(play.db, petition, news=told, actor=play.people[piece.by], now=now)
    play.tell_signatories()


def _tell_milestones(play: Play, now: datetime) -> None:
    for petition_id in milestones.waiting(play.db, now, 100):
        milestones.tell(play.db, petition_id, now=now)
