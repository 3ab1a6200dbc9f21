package tminus.policy.incident_test

import data.tminus.policy.fixture_test as fixture
import data.tminus.policy.incident

burning(operation) := object.union(operation, {"incidents": [{"id": "pagerduty:1", "number": 4821, "title": "search is slow"}]})

test_none_says_nothing if {
	count(incident.findings) == 0 with input as fixture.approve
}

test_an_approval_says_why if {
	found := incident.findings with input as burning(fixture.approve)
	fixture.verdicts(found) == {"needs_reason"}
	fixture.sentences(found) == "incident 4821 is open: search is slow"
}

test_a_strict_team_forbids_it if {
	strict := object.union(burning(fixture.approve), {"settings": {"open_incident": "deny"}})
	fixture.verdicts(incident.findings) == {"deny"} with input as strict
}

test_going_back_and_the_hotfix_lane_may_be_its_remedy if {
	fixture.verdicts(incident.findings) == {"allow"} with input as burning(fixture.roll_back)
	fixture.verdicts(incident.findings) == {"allow"} with input as burning(fixture.hotfix)
}

test_running_jobs_again_is_warned if {
	again := object.union(burning(fixture.approve), {"operation": {"verb": "rerun_failed"}})
	fixture.verdicts(incident.findings) == {"warn"} with input as again
}
