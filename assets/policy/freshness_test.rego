package tminus.policy.freshness_test

import data.tminus.policy.fixture_test as fixture
import data.tminus.policy.freshness

aged(operation, age) := object.union(operation, {"facts": [{"what": "the approval", "age_seconds": age}]})

around(operation, age) := object.union(operation, {"surroundings": [{"what": "the list of open incidents", "age_seconds": age}]})

test_what_was_just_seen_passes if {
	found := freshness.findings with input as aged(fixture.approve, 300)
	fixture.verdicts(found) == {"allow"}
	fixture.sentences(found) == "the approval was seen 5 min ago"
}

test_what_is_old_is_not_known if {
	found := freshness.findings with input as aged(fixture.approve, 301)
	fixture.verdicts(found) == {"deny"}
	contains(fixture.sentences(found), "refresh with u and try again")
}

test_what_was_never_seen_is_not_known if {
	found := freshness.findings with input as aged(fixture.acknowledge, null)
	fixture.verdicts(found) == {"deny"}
}

test_the_limit_is_the_teams if {
	strict := object.union(aged(fixture.approve, 31), {"settings": {"stale_seconds": 30}})
	fixture.verdicts(freshness.findings) == {"deny"} with input as strict
}

test_one_old_fact_is_enough if {
	both := object.union(fixture.approve, {"facts": [{"what": "one", "age_seconds": 1}, {"what": "two", "age_seconds": 9999}]})
	fixture.verdicts(freshness.findings) == {"allow", "deny"} with input as both
}

test_a_pager_that_is_away_is_said_and_does_not_stop_the_way_back if {
	fixture.verdicts(freshness.findings) == {"allow", "warn"} with input as around(fixture.approve, null)
	strict := object.union(around(fixture.approve, 9999), {"settings": {"unknown_health": "needs_reason"}})
	fixture.verdicts(freshness.findings) == {"allow", "needs_reason"} with input as strict
	back := object.union(around(fixture.roll_back, null), {"settings": {"unknown_health": "deny"}})
	fixture.verdicts(freshness.findings) == {"allow", "warn"} with input as back
}

test_spans_are_told_for_people if {
	freshness.span(99) == "99 s"
	freshness.span(100) == "1 min"
	freshness.span(6000) == "1 h"
}
