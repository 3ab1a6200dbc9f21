package tminus.policy.canary_test

import data.tminus.policy.canary
import data.tminus.policy.fixture_test as fixture

is(operation, state) := object.union(operation, {"canary": {"state": state, "sentence": "error rate 5.6x"}})

test_no_canary_and_a_good_one_say_nothing if {
	count(canary.findings) == 0 with input as fixture.approve
	count(canary.findings) == 0 with input as is(fixture.approve, "passing")
}

test_a_failing_one_stops_an_approval if {
	found := canary.findings with input as is(fixture.approve, "failing")
	fixture.verdicts(found) == {"deny"}
	fixture.sentences(found) == "the canary is failing: error rate 5.6x"
}

test_going_back_is_its_remedy if {
	fixture.verdicts(canary.findings) == {"allow"} with input as is(fixture.roll_back, "failing")
}

test_a_hotfix_says_how_it_mends_it if {
	fixture.verdicts(canary.findings) == {"needs_reason"} with input as is(fixture.hotfix, "failing")
}

test_running_jobs_again_is_warned if {
	again := object.union(is(fixture.approve, "failing"), {"operation": {"verb": "rerun_failed"}})
	fixture.verdicts(canary.findings) == {"warn"} with input as again
}

test_one_that_cannot_be_read_is_never_fine if {
	fixture.verdicts(canary.findings) == {"warn"} with input as is(fixture.approve, "not_known")
	strict := object.union(is(fixture.approve, "not_known"), {"settings": {"unknown_health": "deny"}})
	fixture.verdicts(canary.findings) == {"deny"} with input as strict
}

test_a_failing_one_stops_a_promotion if {
	next := object.union(is(fixture.approve, "failing"), {"operation": {"verb": "promote"}})
	fixture.verdicts(canary.findings) == {"deny"} with input as next
}

test_holding_and_giving_up_are_its_remedy if {
	every verb in ["hold", "abort"] {
		stop := object.union(is(fixture.approve, "failing"), {"operation": {"verb": verb}})
		fixture.verdicts(canary.findings) == {"allow"} with input as stop
	}
}
