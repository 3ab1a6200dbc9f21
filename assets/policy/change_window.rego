# Change windows: where any is known for the service, what goes out to
# production goes out in one. The hotfix lane and going back need none.
package tminus.policy.change_window

concerned if {
	input.operation.production
	input.operation.verb in {"approve", "promote"}
	input.windows.change_windows_exist
}

open if count(input.windows.changes) > 0

hotfix if input.release.kind == "hotfix"

findings contains {"verdict": "allow", "sentence": sentence} if {
	concerned
	some window in input.windows.changes
	sentence := sprintf("the change window `%s` is open until %s", [window.title, window.end_text])
}

findings contains {"verdict": input.settings.outside_change_window, "sentence": sentence} if {
	concerned
	not open
	not hotfix
	sentence := sprintf("no change window is open; %s%s", [next, ending])
}

findings contains {"verdict": "allow", "sentence": sentence} if {
	concerned
	not open
	hotfix
	sentence := sprintf(
		"no change window is open; the hotfix lane (%s) needs none, and its review is due within %d hours",
		[input.release.id, input.settings.hotfix_review_hours],
	)
}

next := "none is planned" if input.windows.next_change == null

next := sprintf("`%s` opens at %s", [window.title, window.start_text]) if {
	window := input.windows.next_change
	window != null
}

default ending := ""

ending := ": say why it cannot wait" if input.settings.outside_change_window == "needs_reason"
