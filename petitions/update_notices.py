"""Mails on how a petition goes: news to signatories who wish for it, milestones to organisers."""

from sqlmodel import Session

from core.mail import Message, Writer
from core.templating import count
from notifications.delivery import Compose
from notifications.models import Notice
from petitions import milestones, rules, updates
from petitions.models import Milestone, Petition, PetitionUpdate
from petitions.telling import letter


def update(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To one signatory: the news itself, and a way to get no more of it."""
    news = db.get(PetitionUpdate, notice.subject_id)
    if news is None:
        return None
    petition = db.get_one(Petition, news.petition_id)
    return letter(
        db,
        notice,
        writer,
        petition,
        "petitions/update",
        subject=f"{news.title}: {petition.title}",
        path=f"/petitions/{petition.id}/updates",
        news_title=news.title,
        news_text=news.text,
    )


def milestone(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To author and organisers: a number that means something is reached."""
    passed = db.get(Milestone, notice.subject_id)
    if passed is None:
        return None
    petition = db.get_one(Petition, passed.petition_id)
    total = petition.signature_count + petition.paper_count
    reached = count(passed.threshold, "signature")
    return writer.message(
        "petitions/milestone",
        subject=f"{reached}: {petition.title}",
        path=f"/petitions/{petition.id}",
        title=petition.title,
        reached=reached,
        meaning=passed.meaning,
        progress=rules.progress_in_words(total, petition.goal),
        update_link=f"{writer.public_url}/petitions/{petition.id}/updates/new?about={passed.id}",
    )


NOTICES: dict[str, Compose] = {updates.POSTED: update, milestones.REACHED: milestone}
