package tminus.policy.segregation_of_duties_test

import data.tminus.policy.fixture_test as fixture
import data.tminus.policy.segregation_of_duties as duties

changed(change) := object.union(fixture.approve, {"change": change})

test_anothers_change_passes if {
	found := duties.findings with input as fixture.approve
	fixture.verdicts(found) == {"allow"}
	fixture.sentences(found) == "others wrote it (bo) and asked for it (chen)"
}

test_the_author_of_a_commit_does_not_approve_it_alone if {
	own := changed({"authors": ["bo", "Ana-Larkspur"]})
	fixture.verdicts(duties.findings) == {"needs_second_person"} with input as own
}

test_the_author_of_a_pull_request_does_not_either if {
	own := changed({"pull_request_authors": ["ana"]})
	fixture.verdicts(duties.findings) == {"needs_second_person"} with input as own
}

test_whoever_asked_for_it_does_not_either if {
	asked := object.union(fixture.approve, {"request": {"by": "ANA"}})
	found := duties.findings with input as asked
	fixture.verdicts(found) == {"needs_second_person"}
	contains(fixture.sentences(found), "you asked for this run")
}

test_a_strict_team_forbids_it if {
	strict := object.union(changed({"authors": ["ana"]}), {"settings": {"own_change": "deny"}})
	fixture.verdicts(duties.findings) == {"deny"} with input as strict
}

test_a_named_bot_is_nobody if {
	bots := changed({"authors": ["Dependabot[bot]"], "pull_request_authors": ["dependabot[bot]"]})
	found := duties.findings with input as bots
	fixture.verdicts(found) == {"allow"}
	contains(fixture.sentences(found), "bots only")
}

test_unknown_authors_do_not_pass if {
	unknown := changed({"known": false, "complete": false, "why": "the commits were not read", "authors": []})
	found := duties.findings with input as unknown
	fixture.verdicts(found) == {"needs_second_person"}
	contains(fixture.sentences(found), "the commits were not read")
}

test_half_of_the_authors_do_not_pass if {
	half := changed({"complete": false, "why": "not all commits are listed"})
	fixture.verdicts(duties.findings) == {"needs_second_person"} with input as half
}

test_an_unknown_requester_does_not_pass if {
	nobody := object.union(fixture.approve, {"request": {"known": false, "by": ""}})
	fixture.verdicts(duties.findings) == {"needs_second_person"} with input as nobody
}

test_an_unknown_person_does_not_pass if {
	stranger := object.union(fixture.approve, {"person": {"known": false}})
	fixture.verdicts(duties.findings) == {"needs_second_person"} with input as stranger
}

test_going_back_and_staging_are_not_concerned if {
	staging := object.union(changed({"authors": ["ana"]}), {"operation": {"production": false}})
	count(duties.findings) == 0 with input as staging
	count(duties.findings) == 0 with input as fixture.roll_back
}
