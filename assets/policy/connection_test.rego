package tminus.policy.connection_test

import data.tminus.policy.connection
import data.tminus.policy.fixture_test as fixture

test_a_good_or_unknown_one_says_nothing if {
	count(connection.findings) == 0 with input as fixture.approve
	count(connection.findings) == 0 with input as object.union(fixture.approve, {"connection": "not_known"})
}

test_every_other_is_said if {
	every word in ["connecting", "degraded", "unreachable", "unauthorised", "forbidden", "rate_limited"] {
		found := connection.findings with input as object.union(fixture.approve, {"connection": word})
		fixture.verdicts(found) == {"warn"}
		startswith(fixture.sentences(found), "github ")
	}
}
