package tminus.policy.change_window_test

import data.tminus.policy.change_window
import data.tminus.policy.fixture_test as fixture

closed(operation) := object.union(operation, {"windows": {"change_windows_exist": true}})

open(operation) := object.union(closed(operation), {"windows": {"changes": [fixture.span("Train window")]}})

test_without_any_window_there_is_nothing_to_say if {
	count(change_window.findings) == 0 with input as fixture.approve
}

test_in_a_window_it_passes if {
	fixture.verdicts(change_window.findings) == {"allow"} with input as open(fixture.approve)
}

test_outside_it_says_why if {
	found := change_window.findings with input as closed(fixture.approve)
	fixture.verdicts(found) == {"needs_reason"}
	contains(fixture.sentences(found), "none is planned: say why")
}

test_the_next_window_is_named if {
	later := object.union(closed(fixture.approve), {"windows": {"next_change": fixture.span("Train window")}})
	found := change_window.findings with input as later
	contains(fixture.sentences(found), "`Train window` opens at 2026-11-18 11:06 UTC")
}

test_a_strict_team_forbids_it if {
	strict := object.union(closed(fixture.approve), {"settings": {"outside_change_window": "deny"}})
	fixture.verdicts(change_window.findings) == {"deny"} with input as strict
}

test_the_hotfix_lane_needs_none if {
	found := change_window.findings with input as closed(fixture.hotfix)
	fixture.verdicts(found) == {"allow"}
	contains(fixture.sentences(found), "its review is due")
}

test_going_back_needs_none if {
	count(change_window.findings) == 0 with input as closed(fixture.roll_back)
}
