"""The .pb reader: tolerant of what real files contain, strict on what makes a count wrong, all faults at once."""

import io
import tracemalloc
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.counting import pabulib
from app.counting.election import VoteType
from app.counting.errors import RefusedFile
from tests.unit.elections import VALCLAIR, as_bytes, each_real_file, read_text

KINDS = "approval, choose-1, cumulative, ordinal, scoring"


def faults_of(content: str | bytes, *, strict: bool = False) -> list[str]:
    """The faults of a file, as printed."""
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(RefusedFile) as refused:
        pabulib.read(io.BytesIO(raw), strict=strict)
    return [str(fault) for fault in refused.value.faults]


def with_points(*points: str) -> str:
    """The election as a cumulative one, the four ballots with these points."""
    text = VALCLAIR.replace("approval", "cumulative").replace("voter_id;vote\n", "voter_id;vote;points\n")
    for voter, numbers in zip(("v1;p1,p2", "v2;p1,p2", "v3;p2,p1", "v4;p3"), points, strict=True):
        text = text.replace(voter, f"{voter};{numbers}")
    return text


def test_an_election_is_read_with_its_costs_exact_and_its_quoted_names_whole() -> None:
    election = read_text(VALCLAIR)
    assert election.budget == 1000
    assert election.vote_type is VoteType.APPROVAL
    assert [project.cost for project in election.projects] == [600, 500, 400]
    assert election.projects[1].name == "Lamps; and benches"
    assert election.projects[2].name == 'The "small" stage'
    assert election.ballots[2].choices == ("p2", "p1")
    assert election.warnings == ()


def test_other_ways_of_writing_the_same_file_give_the_same_election() -> None:
    plain = read_text(VALCLAIR)
    spellings = {
        "byte order mark": "\ufeff" + VALCLAIR,
        "carriage returns": VALCLAIR.replace("\n", "\r\n"),
        "lower-case sections": VALCLAIR.replace("META", "meta").replace("VOTES", "Votes"),
        "spaces after separators": VALCLAIR.replace("v1;p1,p2", " v1 ; p1, p2 ").replace("key;", "key; "),
        "empty lines": VALCLAIR.replace("PROJECTS", "\n\nPROJECTS") + "\n\n",
        "trailing separators": VALCLAIR.replace("PROJECTS\n", "PROJECTS;;;;\n"),
        "no last line end": VALCLAIR.rstrip(),
    }
    for name, text in spellings.items():
        assert read_text(text) == plain, name


def test_columns_may_stand_in_any_order_and_other_columns_are_kept() -> None:
    head = VALCLAIR.partition("voter_id")[0].replace("num_votes;4", "num_votes;1")
    election = read_text(head.replace(";votes;name", ";foreseen;name") + "age;vote;voter_id\n30;p1;v1\n")
    assert election.ballots[0].voter_id == "v1"
    assert (election.ballot_columns, election.ballots[0].extra) == (("age",), ("30",))
    assert election.projects[0].extra == {"foreseen": "3"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("400000.0", 400000),
        ("1 000", 1000),
        ("12,5", "25/2"),
        ("0.10", "1/10"),
        ("1,200,000", 1200000),
        ("0", 0),
    ],
)
def test_amounts_are_exact_however_they_are_written(written: str, meant: int | str) -> None:
    assert read_text(VALCLAIR.replace("budget;1000", f"budget;{written}")).budget == Fraction(meant)


@pytest.mark.parametrize("written", ["1,200", "", "much", "1e6", "-1", "NaN", "1.2.3", "0x10", "٣", "9" * 60])
def test_an_amount_that_is_none_or_could_be_two_is_refused(written: str) -> None:
    assert any("budget" in fault for fault in faults_of(VALCLAIR.replace("budget;1000", f"budget;{written}")))


@pytest.mark.parametrize(
    ("instead_of", "stands", "fault"),
    [
        ("p1;600", "p1;-600", "line 12: The cost of project 'p1' is negative: -600."),
        ("p1;600", "p1;dear", "line 12: The cost of project 'p1' is not an amount: 'dear'."),
        ("p2;500", "p1;500", "line 13: Project 'p1' is listed twice (first on line 12)."),
        ("p2;500", ";500", "line 13: The project has no project_id."),
        ("v4;p3", "v4;p3,p9", "line 20: The vote names project 'p9', which is not in PROJECTS."),
        ("v4;p3", "v1;p3", "line 20: Voter 'v1' has two ballots (first on line 17)."),
        ("v4;p3", ";p3", "line 20: The ballot has no voter_id."),
        ("approval", "hands", f"line 7: META's vote_type is 'hands'; it must be one of {KINDS}."),
        ("vote_type;", "vote_types;", "line 1: META does not give 'vote_type'."),
        ("budget;1000", "funds;1000", "line 1: META does not give 'budget'."),
        (
            "currency;EUR",
            "budget;2",
            "line 9: META gives 'budget' a second, different value (first on line 6).",
        ),
        ("key;value", "name;value", "line 2: Section META has no column 'key' in its header."),
        ("project_id;", "project;", "line 11: Section PROJECTS has no column 'project_id' in its header."),
        ("voter_id;vote", "voter_id;vote;vote", "line 16: Section VOTES has two columns named 'vote'."),
        ("VOTES\n", "VOTE\n", "Section VOTES is missing."),
        ("v4;p3", "META\nkey;value", "line 20: Section META appears a second time."),
        ("META\n", "", "line 1: The file begins with 'key' and not with META. Is this a .pb file?"),
    ],
)
def test_what_makes_a_count_wrong_is_refused_with_its_line(instead_of: str, stands: str, fault: str) -> None:
    assert fault in faults_of(VALCLAIR.replace(instead_of, stands, 1))


def test_sections_in_the_wrong_order_are_refused() -> None:
    head, rest = VALCLAIR.split("PROJECTS")
    projects, votes = rest.split("VOTES")
    faults = faults_of(f"{head}VOTES{votes}PROJECTS{projects}")
    assert "line 16: Section PROJECTS must come before the one above it." in faults


def test_points_must_be_numbers_and_as_many_as_choices() -> None:
    assert faults_of(with_points("3", "1,x", "2,1", "-1")) == [
        "line 17: The vote names 2 projects and gives points to 1.",
        "line 18: 'x' is not a number of points.",
        "line 20: Points cannot be negative: -1.",
    ]


def test_a_vote_by_points_without_a_column_of_points_is_refused() -> None:
    faults = faults_of(VALCLAIR.replace("approval", "cumulative"))
    assert faults[0] == "line 16: A cumulative vote needs a column 'points' in VOTES."


def test_all_faults_are_told_at_once_and_the_printed_list_is_cut() -> None:
    broken = VALCLAIR.replace("p1;600", "p1;-600") + "".join(f"w{number};p9\n" for number in range(200))
    with pytest.raises(RefusedFile) as refused:
        read_text(broken)
    printed = str(refused.value).splitlines()
    assert len(refused.value.faults) == 201
    assert printed[0].startswith("line 12:")
    assert (len(printed), printed[-1]) == (51, "and 151 more")


def test_a_wrong_encoding_names_the_line_and_the_byte() -> None:
    latin = VALCLAIR.replace("pond", "pré").encode("latin-1")
    assert faults_of(latin) == [
        "line 12: Byte 14 of the line (0xe9) is not UTF-8. Save the file as UTF-8 and try again."
    ]


def test_a_nul_is_refused() -> None:
    assert faults_of(VALCLAIR.replace("pond", "po\0nd")) == [
        "line 12: The line contains a NUL character: the file is damaged."
    ]


def test_a_line_of_ten_megabytes_is_refused_without_being_kept() -> None:
    broken = VALCLAIR.replace("pond", "x" * 10_000_000).encode()
    stream = io.BytesIO(broken)
    tracemalloc.start()
    with pytest.raises(RefusedFile) as refused:
        pabulib.read(stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "line 12: The line is longer than 1000000 bytes" in str(refused.value)
    assert peak < 8_000_000


def test_a_quotation_mark_that_never_closes_is_refused() -> None:
    rows = "".join(f"w{number};p1\n" for number in range(40_000))
    faults = faults_of(VALCLAIR.replace('"The ""small"" stage"', '"The stage') + rows)
    assert any("line 14" in fault and "never ends" in fault for fault in faults)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\xff\xfe\x00", b"PK\x03\x04\x00\x00", b"META\n", b"VOTES\nPROJECTS\nMETA\n"]
)
def test_what_is_no_election_at_all_is_refused(content: bytes) -> None:
    assert faults_of(content)


pieces = st.sampled_from(
    [
        "META",
        "PROJECTS",
        "VOTES",
        "\n",
        "\n",
        ";",
        ";",
        ",",
        '"',
        "p1",
        "p2",
        "v1",
        "600",
        "-1",
        "",
        "x",
        "\r",
        "\0",
    ]
)


@given(
    st.integers(0, len(VALCLAIR)),
    st.integers(0, 40),
    st.lists(pieces, max_size=12).map("".join),
    st.booleans(),
)
@settings(max_examples=500, deadline=None)
@example(300, 0, ";", False)  # a column without a name
def test_whatever_is_cut_out_and_put_in_the_file_is_read_or_refused(
    at: int, cut: int, put: str, by_points: bool
) -> None:
    text = with_points("2,1", "2,1", "1,2", "3") if by_points else VALCLAIR
    try:
        election = read_text(text[:at] + put + text[at + cut :])
    except RefusedFile:
        return
    again = pabulib.read(io.BytesIO(as_bytes(election)))
    assert (again.budget, again.ballots) == (
        election.budget,
        tuple(sorted(election.ballots, key=lambda ballot: ballot.voter_id)),
    )
    assert [project.id for project in again.projects] == [project.id for project in election.projects]


def test_points_on_an_approval_ballot_say_nothing() -> None:
    text = with_points("3", "x", "2,1", "-1").replace("cumulative", "approval")
    assert [ballot.points for ballot in read_text(text).ballots] == [None] * 4


@pytest.mark.parametrize(
    ("instead_of", "stands", "oddity"),
    [
        ("num_votes;4", "num_votes;5", "line 5: META's num_votes is 5 and the file has 4."),
        ("v4;p3", "v4;p3,p3", "line 20: The vote names a project twice; it counts once."),
        (
            "v4;p3",
            "v4;p3;more",
            "line 20: The row has 3 cells and the header 2: what is left over is ignored.",
        ),
        ("p3;400;1", "p3;400;7", "Project 'p3': 'votes' says 7, the ballots say 1."),
    ],
)
def test_oddities_are_remarked_on_and_refused_only_when_strict(
    instead_of: str, stands: str, oddity: str
) -> None:
    odd = VALCLAIR.replace(instead_of, stands, 1)
    assert [str(warning) for warning in read_text(odd).warnings] == [oddity]
    assert faults_of(odd, strict=True) == [oddity]


def test_a_project_named_twice_counts_once_and_its_points_add_up() -> None:
    text = with_points("2,1", "2,1", "1,1", "1.5").replace("v1;p1,p2;2,1", "v1;p1,p2,p1;3,1,2")
    election = read_text(text.replace("v2;p1,p2;2,1", "v2;;"))
    assert (election.ballots[0].choices, election.ballots[0].points) == (("p1", "p2"), (5, 1))
    assert (election.ballots[1].choices, election.ballots[1].points) == ((), None)
    assert election.ballots[3].points == (Fraction(3, 2),)


def test_a_blank_ballot_is_a_ballot() -> None:
    blank = VALCLAIR.replace("v4;p3", "v4;").replace("p3;400;1", "p3;400;0")
    assert read_text(blank, strict=True).ballots[3].choices == ()


@each_real_file
def test_every_real_election_is_read_without_a_remark_and_written_back_the_same(path: Path) -> None:
    election = pabulib.read(path, strict=True)
    written = as_bytes(election)
    again = pabulib.read(io.BytesIO(written), strict=True)
    assert again.projects == election.projects
    assert again.ballots == tuple(sorted(election.ballots, key=lambda ballot: ballot.voter_id))
    assert (again.budget, again.vote_type, again.meta["rule"]) == (
        election.budget,
        election.vote_type,
        election.meta["rule"],
    )
    assert as_bytes(again) == written
