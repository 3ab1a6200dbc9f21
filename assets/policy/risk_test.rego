package tminus.policy.risk_test

import data.tminus.policy.fixture_test as fixture
import data.tminus.policy.risk

of(level) := {"risk": {"level": level, "reasons": ["migrations touched: db/1.sql (+3)"]}}

test_low_risk_passes if {
	found := risk.findings with input as fixture.approve
	fixture.verdicts(found) == {"allow"}
	fixture.sentences(found) == "risk is low: nothing speaks against it"
}

test_medium_risk_is_said if {
	found := risk.findings with input as object.union(fixture.approve, of("medium"))
	fixture.verdicts(found) == {"warn"}
	contains(fixture.sentences(found), "risk is medium: migrations touched")
}

test_high_risk_takes_two if {
	found := risk.findings with input as object.union(fixture.approve, of("high"))
	fixture.verdicts(found) == {"needs_second_person"}
}

test_the_number_is_the_teams if {
	careful := object.union(fixture.approve, {"settings": {"approvals": {"low": 2}}})
	fixture.verdicts(risk.findings) == {"needs_second_person"} with input as careful
	brave := object.union(object.union(fixture.approve, of("high")), {"settings": {"approvals": {"high": 1}}})
	fixture.verdicts(risk.findings) == {"warn"} with input as brave
}

test_going_back_takes_one if {
	fixture.verdicts(risk.findings) == {"warn"} with input as object.union(fixture.roll_back, of("high"))
}

test_what_is_not_weighed_is_not_said if {
	count(risk.findings) == 0 with input as object.union(fixture.acknowledge, {"risk": {"weighed": false}})
}
