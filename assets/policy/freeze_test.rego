package tminus.policy.freeze_test

import data.tminus.policy.fixture_test as fixture
import data.tminus.policy.freeze

in_freeze(operation) := object.union(operation, {"windows": {"freezes": [fixture.span("EU evening")]}})

test_no_freeze_passes if {
	fixture.verdicts(freeze.findings) == {"allow"} with input as fixture.approve
}

test_an_approval_in_a_freeze_says_why if {
	found := freeze.findings with input as in_freeze(fixture.approve)
	fixture.verdicts(found) == {"needs_reason"}
	fixture.sentences(found) == "the freeze `EU evening` is in force until 2026-11-18 16:40 UTC: say why it cannot wait"
}

test_a_strict_team_forbids_it if {
	strict := object.union(in_freeze(fixture.approve), {"settings": {"freeze": "deny"}})
	fixture.verdicts(freeze.findings) == {"deny"} with input as strict
}

test_going_back_is_allowed_and_recorded if {
	found := freeze.findings with input as in_freeze(fixture.roll_back)
	fixture.verdicts(found) == {"allow"}
	contains(fixture.sentences(found), "and recorded")
}

test_the_hotfix_lane_goes_through_and_is_reviewed if {
	found := freeze.findings with input as in_freeze(fixture.hotfix)
	fixture.verdicts(found) == {"allow"}
	contains(fixture.sentences(found), "hotfix-1")
	contains(fixture.sentences(found), "within 24 hours")
}

test_running_jobs_again_is_said_only if {
	again := object.union(in_freeze(fixture.approve), {"operation": {"verb": "rerun_failed"}})
	fixture.verdicts(freeze.findings) == {"warn"} with input as again
}

test_staging_is_not_frozen if {
	staging := object.union(in_freeze(fixture.approve), {"operation": {"production": false}})
	count(freeze.findings) == 0 with input as staging
}

unread(operation) := object.union(operation, {"windows": {"unknown": ["the calendar `freezes`: it does not answer"]}})

test_a_calendar_that_could_not_be_read_is_no_open_calendar if {
	found := freeze.findings with input as unread(fixture.approve)
	fixture.verdicts(found) == {"needs_reason"}
	contains(fixture.sentences(found), "the calendar `freezes`: it does not answer")
}

test_going_back_needs_no_calendar if {
	count(freeze.findings) == 0 with input as unread(fixture.roll_back)
}
