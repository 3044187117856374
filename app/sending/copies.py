"""The worker's part: a mailing begins at its hour, its copies go into the outbox in portions, and what became of them is noted.

Each step is one transaction that can be done again after a kill: a reader's copy has one key, and a reader one row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from zoneinfo import ZoneInfo

from blinker import Signal
from flask import current_app
from sqlalchemy import ColumnElement, Executable, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.composing import letter
from app.composing.letter import CHOICES, Composed
from app.composing.rules import fill
from app.core import audit, clock
from app.core.db import ask, count_changed, db
from app.mail import delivery, held, outbox
from app.mail.circulars import UNSUBSCRIBE, Circular
from app.mail.outbox import Copy, Lane, Leased, OutboxMessage
from app.mail_choices import service as mail_choices
from app.mail_choices import tokens
from app.mail_choices.tokens import Choice
from app.people import consent
from app.people.models import Consent
from app.readers import queries, watched
from app.readers.models import Mailing, Recipient
from app.readers.rules import UNDER_WAY, Standing, State
from app.sending import rules, sifting
from app.sending.sifting import Reader
from app.watching import queries as watching

given_back = Signal(
    "A mailing is a draft again instead of leaving at its hour (`mailing`), in this transaction."
)
PORTION = 2000
ACTOR = "worker"
_TAKEN = (str(Standing.SENT), str(Standing.CAME_BACK))


def begin(mailing_id: int) -> bool:
    """Begin a mailing whose hour has come: its texts and readers are fixed. False when it was given back to its officers.

    It is when nobody is left to write to, or ten times more people than were confirmed: then somebody looks again.
    They are counted before the mailing is held: of very many that takes minutes, in which it can be paused or taken back.
    """
    mailing = queries.get_mailing(mailing_id)
    if not _is_due(mailing):
        return True
    revision, number = mailing.revision, sifting.try_out(mailing).number
    db.session.commit()
    mailing = _hold(mailing_id)
    if not _is_due(mailing) or mailing.revision != revision:
        return True
    if mailing.audience != "people":
        ask(_choosing(mailing))
    if number == 0 or rules.has_grown(mailing.expected or 0, number):
        _give_back(mailing, "grown" if number else "empty", number)
        return False
    mailing.is_watched = watching.is_on()
    composed = compose_all(mailing)
    if mailing.is_watched:
        watched.prepare(mailing, composed)
    mailing.circulars = {
        language: make_circular(mailing, language, one) for language, one in composed.items()
    }
    mailing.state = State.SENDING
    db.session.flush()
    audit.record(ACTOR, "mailing.begin", f"mailing:{mailing.id}", people=number)
    return True


def hand_over(mailing_id: int, most_ahead: int | None = None) -> int:
    """Put the next portion into the outbox; returns how many readers were decided upon.

    Consent, address and suppression are asked now. None while it is paused, in hours of quiet, or while enough copies wait.
    """
    mailing = _hold(mailing_id)
    if mailing.state != State.SENDING:
        return 0
    numbers, is_still = list(mailing.circulars.values()), is_held_back(mailing)
    outbox.pause_circulars(numbers, clock.now() if is_still else None)
    per_minute = current_app.config["CIVIC"].mail_per_minute
    ahead = rules.ahead(per_minute) if most_ahead is None else most_ahead
    room = 0 if is_still else min(PORTION, ahead - outbox.count_waiting(numbers))
    chosen = select(Recipient.person_id).where(_is_of(mailing, Standing.CHOSEN))
    people = list(db.session.scalars(chosen.order_by(Recipient.person_id).limit(max(room, 0))))
    if people:
        _decide(mailing, sifting.sift(mailing, chosen.where(Recipient.person_id <= people[-1])))
        left = _is_of(mailing, Standing.CHOSEN) & (Recipient.person_id <= people[-1])
        ask(update(Recipient).where(left).values(state=str(Standing.HANDED), at=clock.now()))
    return len(people)


def settle(mailing_id: int) -> None:
    """Note what became of the copies that have left the outbox, and that the mailing is over once none is left."""
    mailing = _hold(mailing_id)
    ask(
        update(Recipient)
        .where(_is_of(mailing, Standing.HANDED), OutboxMessage.key == queries.keys_in_sql(mailing.id))
        .where(OutboxMessage.state.in_(outbox.FINAL))
        .values(
            state=queries.standing_of_copy(),
            at=func.coalesce(OutboxMessage.done_at, Recipient.at),
            answer=OutboxMessage.answer,
        )
    )
    under_way = _is_of(mailing, Standing.CHOSEN, Standing.HANDED)
    if (
        mailing.state == State.SENDING
        and db.session.scalar(select(Recipient.person_id).where(under_way).limit(1)) is None
    ):
        mailing.state, mailing.ended_at = State.DONE, clock.now()
        db.session.flush()
        audit.record(ACTOR, "mailing.end", f"mailing:{mailing.id}")


def note_returns() -> int:
    """Note of readers whose mail server had taken the letter that it came back after all, or that they complained.

    Returns of how many.
    """
    heard = OutboxMessage.outcome.in_(("bounced", "complained")) & OutboxMessage.circular_id.is_not(None)
    copies = select(OutboxMessage.key, queries.standing_of_copy(), OutboxMessage.answer).where(heard)
    told: defaultdict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
    for key, *word in ask(copies):
        if found := queries.read_key(key):
            told[found[0]][found[1]] = word[0], word[1]
    number = 0
    for mailing, theirs in told.items():
        mine = Recipient.mailing_id == mailing
        is_known_as = select(Recipient.person_id, Recipient.state).where(
            mine, Recipient.person_id.in_(theirs)
        )
        for person, state in ask(is_known_as.where(Recipient.state.in_(_TAKEN))).all():
            standing, answer = theirs[person]
            if standing != state:
                changed = update(Recipient).where(mine, Recipient.person_id == person)
                number += count_changed(changed.values(state=standing, answer=answer))
    return number


def is_held_back(mailing: Mailing) -> bool:
    """Whether no copy may leave now: it is paused, or these are hours of quiet."""
    settings = current_app.config["CIVIC"]
    quiet = rules.find_quiet_end(settings.mail_quiet_hours, clock.now(), ZoneInfo(settings.time_zone))
    return mailing.paused_at is not None or quiet is not None


def compose_all(mailing: Mailing) -> dict[str, Composed]:
    """The letter in each language in which it is written."""
    return {
        language: letter.compose(words["subject"], words["body"], mailing.purpose, language)
        for language, words in mailing.texts.items()
    }


def links_of(mailing: Mailing) -> list[str]:
    """Where its letters lead, in all languages."""
    return [link for composed in compose_all(mailing).values() for link in composed.links]


def make_circular(mailing: Mailing, language: str, composed: Composed) -> int:
    """Keep the text as it is sent; returns its number."""
    circular = Circular(
        language=language,
        purpose=mailing.purpose,
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        created_at=clock.now(),
    )
    db.session.add(circular)
    db.session.flush()
    return circular.id


def send_test(mailing: Mailing, person_id: int) -> list[str]:
    """Write to this one person alone, at once and ahead of mailings, in every language; returns the languages.

    Raises: nothing; the person must have a confirmed address.
    """
    (reader,) = sifting.sift(mailing, [person_id])
    has_none = reader.left_out in (Standing.NO_ADDRESS, Standing.UNCONFIRMED)
    letters = {} if has_none else compose_all(mailing)
    for language, composed in letters.items():
        fields = _fields(mailing, reader, language, composed.fields, {})
        number = make_circular(mailing, language, composed)
        copy = Copy(reader.address, f"test:{number}", fields)
        outbox.enqueue_circular(number, [copy], send_at=clock.now(), lane=Lane.NOTICES)
    return list(letters)


def language_for(mailing: Mailing, reader_language: str) -> str:
    """The language in which a reader gets it: theirs, else the site's first one in which it is written."""
    if reader_language in mailing.texts:
        return reader_language
    offered = current_app.config["CIVIC"].languages
    return next((one for one in offered if one in mailing.texts), next(iter(mailing.texts)))


@mail_choices.stopped.connect
def note_leaving(_sender: object, choice: Choice) -> None:
    """Somebody stopped such letters by the link in this one."""
    mine = (Recipient.mailing_id == choice.mailing_id) & (Recipient.person_id == choice.person_id)
    ask(update(Recipient).where(mine, Recipient.left_at.is_(None)).values(left_at=clock.now()))


@held.begun.connect
def pause_all(_sender: object) -> None:
    """The site was restored: what was under way may have gone on after its set was made, so nothing goes on by itself."""
    under_way = Mailing.state.in_([str(one) for one in UNDER_WAY])
    ask(update(Mailing).where(under_way, Mailing.paused_at.is_(None)).values(paused_at=clock.now()))


@consent.withdrawn.connect
def take_back(_sender: object, person_id: int, purpose: str) -> None:
    """Somebody wants no letters of this purpose any more: what waits for them does not leave."""
    for number in queries.list_under_way(State.SENDING):
        mailing = db.session.get_one(Mailing, number)
        if mailing.purpose == purpose and outbox.cancel(queries.key_of(number, person_id)):
            _note(mailing, Standing.NO_CONSENT, [person_id])


@delivery.leaving.connect
def list_unwanted(_sender: object, letters: Sequence[Leased]) -> Set[int]:
    """Copies of those who want no such letters by now: what a portion under way wrote, their `take_back` did not see.

    Nor does anybody take back the copies of an account that was closed, or became another one's.
    """
    mine = {one.id: key for one in letters if (key := queries.read_key(one.key))}
    asked = select(Mailing.id, Mailing.purpose).where(
        Mailing.id.in_({mailing for mailing, _ in mine.values()})
    )
    wanted: set[int] = set()
    for number, purpose in ask(asked).all() if mine else ():
        copies = {person: one for one, (mailing, person) in mine.items() if mailing == number}
        yes = consent.consenting(purpose).where(Consent.person_id.in_(copies))
        wanted |= {copies[person] for person in db.session.scalars(yes)}
    return mine.keys() - wanted


def _is_due(mailing: Mailing) -> bool:
    has_come = mailing.send_at is not None and mailing.send_at <= clock.now()
    return mailing.state == State.SCHEDULED and has_come and mailing.paused_at is None


def _hold(mailing_id: int) -> Mailing:
    """The mailing, as it is and stays until this transaction ends: nobody else pauses, stops or sends it meanwhile."""
    found = select(Mailing).where(Mailing.id == mailing_id).with_for_update()
    return db.session.scalars(found.execution_options(populate_existing=True)).one()


def _choosing(mailing: Mailing) -> Executable:
    """One row a reader, for those who have none."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    number, state, at = (
        literal(mailing.id),
        literal(str(Standing.CHOSEN)),
        literal(clock.now(), Recipient.at.type),
    )
    people = sifting.ids(mailing).add_columns(number, state, at)
    names = ["person_id", "mailing_id", "state", "at"]
    choosing: Executable = dialect.insert(Recipient).from_select(names, people).on_conflict_do_nothing()
    return choosing


def _give_back(mailing: Mailing, why: str, number: int) -> None:
    if mailing.audience != "people":
        ask(delete(Recipient).where(Recipient.mailing_id == mailing.id))
    mailing.state, mailing.halted, mailing.send_at = State.DRAFT, why, None
    mailing.revision += 1
    db.session.flush()
    audit.record(
        ACTOR, "mailing.halt", f"mailing:{mailing.id}", why=why, people=number, expected=mailing.expected
    )
    given_back.send(mailing=mailing)


def _decide(mailing: Mailing, readers: Sequence[Reader]) -> None:
    """Put the copies of those who may be written to into the outbox; note why the others may not."""
    standing: defaultdict[str, list[int]] = defaultdict(list)
    copies: defaultdict[int, list[Copy]] = defaultdict(list)
    needs = {name: _names_in(number) for name, number in mailing.circulars.items()}
    asks_district = any(name.partition("|")[0] == "district" for names in needs.values() for name in names)
    districts = sifting.districts_of([one.person_id for one in readers]) if asks_district else {}
    for reader in readers:
        if reader.left_out:
            standing[reader.left_out].append(reader.person_id)
            continue
        language = language_for(mailing, reader.language)
        fields = _fields(mailing, reader, language, needs[language], districts)
        key = queries.key_of(mailing.id, reader.person_id)
        copies[mailing.circulars[language]].append(Copy(reader.address, key, fields))
    for number, own in copies.items():
        outbox.enqueue_circular(number, own, send_at=clock.now())
    for state, people in standing.items():
        _note(mailing, state, people)


def _names_in(circular_id: int) -> set[str]:
    circular = db.session.get_one(Circular, circular_id)
    return {*circular.subject[1::2], *circular.text[1::2], *circular.html[1::2]}


def _fields(
    mailing: Mailing, reader: Reader, language: str, names: set[str], districts: Mapping[int, str]
) -> dict[str, str]:
    known = {
        "name": reader.name,
        "district": districts.get(reader.person_id, ""),
        "site": sifting.site_name(),
    }
    addresses = tokens.links(reader.person_id, mailing.purpose, mailing.id, language)
    own = {UNSUBSCRIBE: addresses.stop, CHOICES: addresses.choices}
    own |= watched.addresses(mailing.id, reader.person_id, language, names)
    return {name: own.get(name) or fill(name, known) for name in names | set(own)}


def _note(mailing: Mailing, state: str, people: Sequence[int]) -> None:
    mine = (Recipient.mailing_id == mailing.id) & Recipient.person_id.in_(people)
    count_changed(update(Recipient).where(mine).values(state=str(state), at=clock.now()))


def _is_of(mailing: Mailing, *standings: Standing) -> ColumnElement[bool]:
    return (Recipient.mailing_id == mailing.id) & Recipient.state.in_(standings)
