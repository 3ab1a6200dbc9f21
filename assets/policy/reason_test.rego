package tminus.policy.reason_test

import data.tminus.policy.fixture_test as fixture
import data.tminus.policy.reason

test_an_approval_needs_none if {
	count(reason.findings) == 0 with input as fixture.approve
}

test_a_no_needs_one if {
	no := object.union(fixture.approve, {"operation": {"verb": "decline"}})
	fixture.verdicts(reason.findings) == {"needs_reason"} with input as no
}

test_a_rollback_of_production_needs_one if {
	fixture.verdicts(reason.findings) == {"needs_reason"} with input as fixture.roll_back
	staging := object.union(fixture.roll_back, {"operation": {"production": false}})
	count(reason.findings) == 0 with input as staging
}
