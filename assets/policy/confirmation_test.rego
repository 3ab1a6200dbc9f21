package tminus.policy.confirmation_test

import data.tminus.policy.confirmation
import data.tminus.policy.fixture_test as fixture

asks(operation, how) := object.union(operation, {"settings": {"confirm": how}})

team(operation) := object.union(operation, {"settings": {"rollback": "needs_second_person"}})

test_an_approval_takes_a_key if {
	count(confirmation.findings) == 0 with input as fixture.approve
}

test_a_rollback_of_production_is_typed if {
	found := confirmation.findings with input as fixture.roll_back
	fixture.verdicts(found) == {"needs_typing"}
	fixture.sentences(found) == "a change of production is confirmed by typing the service's name"
}

test_a_rollback_of_staging_is_not if {
	staging := object.union(fixture.roll_back, {"operation": {"production": false, "environment": "staging"}})
	count(confirmation.findings) == 0 with input as staging
}

test_the_team_can_ask_for_a_key_only if {
	easy := object.union(fixture.roll_back, {"settings": {"rollback": "allow"}})
	count(confirmation.findings) == 0 with input as easy
}

test_an_environment_has_its_own_way if {
	every how in ["needs_hold", "needs_typing", "needs_second_person", "deny"] {
		fixture.verdicts(confirmation.findings) == {how} with input as asks(fixture.approve, how)
	}
	every how in ["needs_hold", "needs_typing", "deny"] {
		fixture.verdicts(confirmation.findings) == {how} with input as asks(fixture.roll_back, how)
	}
	count(confirmation.findings) == 0 with input as asks(fixture.roll_back, "allow")
}

test_another_person_is_asked_for_approvals_and_rollbacks if {
	both := {"needs_second_person", "needs_typing"}
	fixture.verdicts(confirmation.findings) == {"needs_second_person"} with input as team(fixture.approve)
	fixture.verdicts(confirmation.findings) == both with input as team(fixture.roll_back)
}

test_an_incident_is_no_change if {
	count(confirmation.findings) == 0 with input as asks(fixture.acknowledge, "needs_typing")
}
