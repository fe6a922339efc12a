"""All checks together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.doctor import Finding, Outcome, findings_of, folded, in_order, outcome_of
from ollama_tui.core.doctor.evidence import Address, Answer, Evidence, Own, Store
from ollama_tui.core.doctor.finding import ok, unknown, warning
from ollama_tui.core.doctor.words import summary
from ollama_tui.core.listeners import Listener
from ollama_tui.core.server_log import ServerLog
from tests.core.doctor.evidences import ADDRESS, ELSEWHERE, FOLDER, MACHINE, UNIT, WELL

DOWN = Answer(failure="Connection refused.", remedy="Start it.", is_reached=False)


def test_where_all_is_well_each_check_says_so() -> None:
    findings = findings_of(WELL)

    assert {finding.outcome for finding in findings} == {Outcome.OK}
    assert outcome_of(findings) is Outcome.OK


def test_each_check_has_an_id_of_its_own_and_one_sentence() -> None:
    findings = findings_of(WELL)

    assert len({finding.check for finding in findings}) == len(findings)
    assert all(finding.sentence.endswith((".", ")")) for finding in findings)
    assert all(finding.sentence.count(". ") == 0 for finding in findings)


def test_a_server_that_is_down_is_the_first_finding() -> None:
    first = findings_of(replace(WELL, answer=DOWN))[0]

    assert (first.check, first.outcome) == ("server.answers", Outcome.FAULT)
    assert (first.sentence, first.next_step) == ("Connection refused.", "Start it.")


def test_the_same_checks_are_made_where_the_machine_is_another() -> None:
    elsewhere = findings_of(replace(WELL, machine=ELSEWHERE))

    assert {one.check for one in elsewhere} == {one.check for one in findings_of(WELL)}
    assert outcome_of(elsewhere) is Outcome.OK


def test_what_is_not_looked_at_yet_is_left_out() -> None:
    assert {one.family for one in findings_of(Evidence(ADDRESS))} == {"host"}


def test_the_demo_says_that_it_has_no_process() -> None:
    demo = replace(
        WELL,
        address=Address("http://127.0.0.1:11434", is_demo=True),
        machine=replace(ELSEWHERE, elsewhere="the demo's server has no process"),
    )

    told = [one for one in folded(findings_of(demo)) if one.outcome is Outcome.UNKNOWN]

    assert [one.sentence for one in told] == [
        "The demo's server has no process. (network, service, folder, gpus, settings too)"
    ]


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        ((), Outcome.OK),
        ((Outcome.UNKNOWN,), Outcome.OK),
        ((Outcome.OK, Outcome.UNKNOWN), Outcome.OK),
        ((Outcome.OK, Outcome.WARNING), Outcome.WARNING),
        ((Outcome.WARNING, Outcome.UNKNOWN, Outcome.FAULT), Outcome.FAULT),
    ],
)
def test_the_worst_one_counts(outcomes: tuple[Outcome, ...], worst: Outcome) -> None:
    assert outcome_of([Finding("a.b", outcome, "It is.") for outcome in outcomes]) is worst


def test_the_worst_come_first_and_the_others_keep_their_order() -> None:
    findings = [ok("a.a", "A."), unknown("b.b", "b"), warning("c.c", "C.", "D."), ok("d.d", "D.")]

    assert [one.check for one in in_order(findings)] == ["c.c", "a.a", "d.d", "b.b"]


def test_no_name_or_path_of_others_moves_the_cursor() -> None:
    evil = "\x1b]52;c;eA==\x07a\x9b31m\u202e\n"
    machine = replace(
        MACHINE,
        listeners=(Listener("0.0.0.0", 7, 42, evil, evil), Listener("127.0.0.1", 8, 43, evil)),
        users={7: evil, 8: evil},
        log=ServerLog(evil, why=evil),
        unit=replace(UNIT, name=evil, user=evil, environment={evil: evil, "OLLAMA_MODELS": evil}),
        folder=replace(FOLDER, path=evil, user=evil, others=(Store(evil, evil, 2),)),
    )
    own = Own(evil, config_failure=evil, unwritable={evil: evil}, state=evil, current=evil)

    findings = findings_of(replace(WELL, machine=machine, own=own, answer=Answer(failure=evil)))

    for finding in findings:
        assert finding.sentence.isprintable()
        assert finding.next_step.isprintable()


class TestFolding:
    def test_what_is_unknown_for_one_reason_is_told_once(self) -> None:
        (row,) = folded([unknown("folder.a", "closed"), unknown("folder.b", "closed")])

        assert (row.check, row.sentence) == ("folder", "Closed.")

    def test_what_is_known_is_not_folded(self) -> None:
        findings = (ok("folder.a", "Well."), ok("folder.b", "Well."))

        assert folded(findings) == findings

    def test_a_question_of_somebody_else_gets_no_full_stop(self) -> None:
        assert unknown("a.b", "is it running?").sentence == "Is it running?"


def test_checks_that_could_not_be_made_are_counted_as_they_are_listed() -> None:
    elsewhere = findings_of(replace(WELL, machine=ELSEWHERE))

    lines = [one for one in folded(elsewhere) if one.outcome is Outcome.UNKNOWN]
    assert summary(elsewhere) == f"All is well; {len(lines)} checks could not be made"
    assert len(lines) == 2
