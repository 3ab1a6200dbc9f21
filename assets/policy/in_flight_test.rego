package tminus.policy.in_flight_test

import data.tminus.policy.fixture_test as fixture
import data.tminus.policy.in_flight

moving(operation, version) := object.union(operation, {"deployments": [{
	"version": version,
	"environment": "production",
	"creator": "bo",
	"age_seconds": 60,
}]})

test_nothing_at_work_says_nothing if {
	count(in_flight.findings) == 0 with input as fixture.approve
}

test_another_one_asks_for_a_reason if {
	found := in_flight.findings with input as moving(fixture.approve, "1.87.9")
	fixture.verdicts(found) == {"needs_reason"}
	contains(fixture.sentences(found), "a deployment of 1.87.9 to production")
	fixture.verdicts(in_flight.findings) == {"needs_reason"} with input as moving(fixture.roll_back, "1.89.0")
}

test_a_team_can_wait_for_it if {
	patient := object.union(moving(fixture.approve, "1.87.9"), {"settings": {"in_flight": "needs_wait"}})
	fixture.verdicts(in_flight.findings) == {"needs_wait"} with input as patient
}

test_taking_back_what_is_on_its_way_is_said_only if {
	fixture.verdicts(in_flight.findings) == {"warn"} with input as moving(fixture.roll_back, "1.88.0")
}

test_an_acknowledgement_is_not_concerned if {
	count(in_flight.findings) == 0 with input as moving(fixture.acknowledge, "1.88.0")
}
