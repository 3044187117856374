"""A rule in plain words, in the language of the page: as nested lines, and as one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext, ngettext

from app.associations.wording import themes
from app.census.wording import district_name, language_name, sex_name
from app.core import languages
from app.core.formats import format_day
from app.people.purposes import BY_KEY
from app.people.wording import engagement_name
from app.readers.rules import WATCHED
from app.segments.names import Names
from app.segments.rules import AllOf, AnyOf, Condition, Not, Rule


@dataclass(frozen=True)
class Line:
    """A condition in words, or what a group asks of the lines below it."""

    text: str
    lines: tuple[Line, ...] = ()


def purpose_name(key: str) -> str:
    """What letters of a purpose are called."""
    return BY_KEY[key].name(languages.current())


def read(rule: Rule, names: Names) -> Line:
    """The rule as lines that stand in each other as its groups do."""
    if isinstance(rule, Condition):
        return Line(say(rule, names))
    if isinstance(rule, Not):
        return _read_negated(rule.part, names)
    if not rule.parts:
        return Line(gettext("Everybody who has an account"))
    text = (
        gettext("All of this is so:") if isinstance(rule, AllOf) else gettext("At least one of these is so:")
    )
    return Line(text, tuple(read(part, names) for part in rule.parts))


def sentence(rule: Rule, names: Names) -> str:
    """The rule on one line."""
    if isinstance(rule, Condition):
        return say(rule, names)
    if isinstance(rule, Not):
        if isinstance(rule.part, Condition):
            return say(rule.part, names, negated=True)
        return gettext("it is not so that (%(rule)s)", rule=sentence(rule.part, names))
    if not rule.parts:
        return gettext("Everybody who has an account")
    said = [
        f"({sentence(part, names)})" if isinstance(part, AllOf | AnyOf) else sentence(part, names)
        for part in rule.parts
    ]
    joint = (
        gettext("%(first)s and %(second)s") if isinstance(rule, AllOf) else gettext("%(first)s or %(second)s")
    )
    whole = said[0]
    for one in said[1:]:
        whole = joint % {"first": whole, "second": one}
    return whole


def say(one: Condition, names: Names, *, negated: bool = False) -> str:
    """One condition, or its negation."""
    positive, negative = _WORDS[one.field](one, names)
    return negative if negated else positive


def _read_negated(part: Rule, names: Names) -> Line:
    if isinstance(part, Condition):
        return Line(say(part, names, negated=True))
    if isinstance(part, Not):
        return read(part.part, names)
    if not part.parts:
        return Line(gettext("Nobody"))
    text = gettext("Not all of this is so:") if isinstance(part, AllOf) else gettext("None of this is so:")
    return Line(text, tuple(read(one, names) for one in part.parts))


def _list(one: Condition, names: Names) -> tuple[str, str]:
    name = names.lists.get(one["list"], f"No. {one['list']}")
    return (
        gettext("stands on the census list “%(name)s”", name=name),
        gettext("does not stand on the census list “%(name)s”", name=name),
    )


def _district(one: Condition, _names: Names) -> tuple[str, str]:
    places = ", ".join(district_name(place) for place in one["districts"])
    return (
        gettext("lives in: %(places)s", places=places),
        gettext("is not known to live in: %(places)s", places=places),
    )


def _age(one: Condition, _names: Names) -> tuple[str, str]:
    least, most = one["from"], one["to"]
    if most is None:
        return (
            gettext("is %(least)s or older", least=least),
            gettext("is not known to be %(least)s or older", least=least),
        )
    if least is None:
        return (
            gettext("is %(most)s or younger", most=most),
            gettext("is not known to be %(most)s or younger", most=most),
        )
    return (
        gettext("is %(least)s to %(most)s years old", least=least, most=most),
        gettext("is not known to be %(least)s to %(most)s years old", least=least, most=most),
    )


def _sex(one: Condition, _names: Names) -> tuple[str, str]:
    sex = sex_name(one["sex"])
    return (
        gettext("is in the census under: %(sex)s", sex=sex),
        gettext("is not in the census under: %(sex)s", sex=sex),
    )


def _spoken(one: Condition, _names: Names) -> tuple[str, str]:
    language = language_name(one["language"])
    return (
        gettext("has this language in the census: %(language)s", language=language),
        gettext("does not have this language in the census: %(language)s", language=language),
    )


def _language(one: Condition, _names: Names) -> tuple[str, str]:
    language = language_name(one["language"])
    return (
        gettext("reads this site in: %(language)s", language=language),
        gettext("does not read this site in: %(language)s", language=language),
    )


def _address(_one: Condition, _names: Names) -> tuple[str, str]:
    return gettext("has confirmed an address"), gettext("has not confirmed an address")


def _registered(one: Condition, _names: Names) -> tuple[str, str]:
    when = _when(one)
    return (
        gettext("opened the account %(when)s", when=when),
        gettext("did not open the account %(when)s", when=when),
    )


def _level(one: Condition, _names: Names) -> tuple[str, str]:
    number = one["level"]
    return {
        1: (
            gettext("has at least a confirmed address"),
            gettext("has no confirmed address and is not verified"),
        ),
        2: (gettext("was found on a census list"), gettext("was not found on a census list")),
        3: (
            gettext("was verified in person or by letter"),
            gettext("was not verified in person or by letter"),
        ),
    }[number]


def _tag(one: Condition, _names: Names) -> tuple[str, str]:
    return (
        gettext("has the tag “%(tag)s”", tag=one["tag"]),
        gettext("does not have the tag “%(tag)s”", tag=one["tag"]),
    )


def _association(one: Condition, names: Names) -> tuple[str, str]:
    said = {
        "name": names.associations.get(one["association"], f"No. {one['association']}"),
        "theme": themes().get(one["theme"], ""),
    }
    return {
        ("any", "member"): (
            gettext("is a member or delegate of an association"),
            gettext("is neither a member nor a delegate of any association"),
        ),
        ("any", "delegate"): (
            gettext("is a delegate of an association"),
            gettext("is not a delegate of any association"),
        ),
        ("named", "member"): (
            gettext("is a member or delegate of the association “%(name)s”", **said),
            gettext("is neither a member nor a delegate of the association “%(name)s”", **said),
        ),
        ("named", "delegate"): (
            gettext("is a delegate of the association “%(name)s”", **said),
            gettext("is not a delegate of the association “%(name)s”", **said),
        ),
        ("of-theme", "member"): (
            gettext("is a member or delegate of an association about: %(theme)s", **said),
            gettext("is neither a member nor a delegate of any association about: %(theme)s", **said),
        ),
        ("of-theme", "delegate"): (
            gettext("is a delegate of an association about: %(theme)s", **said),
            gettext("is not a delegate of any association about: %(theme)s", **said),
        ),
    }[one.relation, one["standing"]]


def _letters(one: Condition, _names: Names) -> tuple[str, str]:
    purpose = purpose_name(one["purpose"])
    return (
        gettext("consents to letters: %(purpose)s", purpose=purpose),
        gettext("does not consent to letters: %(purpose)s", purpose=purpose),
    )


def _mailing(one: Condition, names: Names) -> tuple[str, str]:
    number, outcome = one["mailing"], one.relation
    mailing = names.mailings.get(number)
    said = {"title": mailing.title if mailing else f"No. {number}"}
    positive, negative = {
        "sent": (
            gettext("was sent the mailing “%(title)s”", **said),
            gettext("was not sent the mailing “%(title)s”", **said),
        ),
        "unopened": (
            gettext("was sent the mailing “%(title)s” and did not open it", **said),
            gettext("was not sent the mailing “%(title)s”, or opened it", **said),
        ),
        "clicked": (
            gettext("followed a link in the mailing “%(title)s”", **said),
            gettext("did not follow a link in the mailing “%(title)s”", **said),
        ),
        "back": (
            gettext("has an address from which the mailing “%(title)s” came back", **said),
            gettext("has no address from which the mailing “%(title)s” came back", **said),
        ),
    }[outcome]
    if outcome in WATCHED and not (mailing and mailing.is_watched):
        unknown = " " + gettext("(who opened it is not known any more: true of nobody)")
        return positive + unknown, negative + " " + gettext(
            "(who opened it is not known any more: true of everybody)"
        )
    return positive, negative


def _engagement(one: Condition, _names: Names) -> tuple[str, str]:
    level = engagement_name(one["engagement"])
    if one.relation == "is":
        return (
            gettext("has this engagement: %(level)s", level=level),
            gettext("does not have this engagement: %(level)s", level=level),
        )
    return (
        gettext("has at least this engagement: %(level)s", level=level),
        gettext("has less than this engagement: %(level)s", level=level),
    )


def _activity(one: Condition, names: Names) -> tuple[str, str]:
    number = one["process"]
    where = (
        ""
        if number is None
        else " " + gettext("in “%(process)s”", process=names.processes.get(number, f"No. {number}"))
    )
    when = "" if one.relation == "ever" else " " + _when(one)
    done, left = {
        "registered": (gettext("opened the account"), gettext("did not open the account")),
        "signed_in": (gettext("signed in"), gettext("did not sign in")),
        "began": (gettext("began a ballot"), gettext("did not begin a ballot")),
        "voted": (gettext("voted"), gettext("did not vote")),
    }[one["kind"]]
    return done + where + when, left + where + when


def _when(one: Condition) -> str:
    if one.relation == "in-last":
        return ngettext("in the last %(num)s day", "in the last %(num)s days", one["days"])
    since, until = one["since"], one["until"]
    if until is None:
        return gettext("since %(day)s", day=format_day(since))
    if since is None:
        return gettext("up to %(day)s", day=format_day(until))
    return gettext("from %(first)s to %(last)s", first=format_day(since), last=format_day(until))


_WORDS = {
    "list": _list,
    "district": _district,
    "age": _age,
    "sex": _sex,
    "spoken": _spoken,
    "language": _language,
    "address": _address,
    "registered": _registered,
    "level": _level,
    "tag": _tag,
    "association": _association,
    "letters": _letters,
    "mailing": _mailing,
    "engagement": _engagement,
    "activity": _activity,
}
