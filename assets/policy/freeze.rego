# A freeze: what goes out waits, or says why it cannot. Going back is allowed
# in it, and so is the hotfix lane, which is reviewed afterwards.
package tminus.policy.freeze

concerned if {
	input.operation.production
	input.operation.verb in {"approve", "promote", "rerun_failed"}
}

hotfix if input.release.kind == "hotfix"

findings contains {"verdict": "allow", "sentence": "no freeze is in force"} if {
	concerned
	count(input.windows.freezes) == 0
	count(input.windows.unknown) == 0
}

findings contains {"verdict": input.settings.freeze, "sentence": sentence} if {
	input.operation.production
	input.operation.verb in {"approve", "promote"}
	not hotfix
	some freeze in input.windows.freezes
	sentence := sprintf("the freeze `%s` is in force until %s%s", [freeze.title, freeze.end_text, ending])
}

findings contains {"verdict": "warn", "sentence": sentence} if {
	input.operation.production
	input.operation.verb == "rerun_failed"
	some freeze in input.windows.freezes
	sentence := sprintf("the freeze `%s` is in force until %s", [freeze.title, freeze.end_text])
}

findings contains {"verdict": "allow", "sentence": sentence} if {
	concerned
	input.operation.verb in {"approve", "promote"}
	hotfix
	some freeze in input.windows.freezes
	sentence := sprintf(
		"the freeze `%s` is in force; the hotfix lane (%s) goes through it, and its review is due within %d hours",
		[freeze.title, input.release.id, input.settings.hotfix_review_hours],
	)
}

findings contains {"verdict": "allow", "sentence": sentence} if {
	input.operation.verb == "roll_back"
	some freeze in input.windows.freezes
	sentence := sprintf("the freeze `%s` is in force; going back is allowed in it, and recorded", [freeze.title])
}

# A calendar that could not be read may hold a freeze.
findings contains {"verdict": input.settings.freeze, "sentence": sentence} if {
	input.operation.production
	input.operation.verb in {"approve", "promote"}
	not hotfix
	some calendar in input.windows.unknown
	sentence := sprintf("it is not known whether a freeze is in force, from %s%s", [calendar, ending])
}

findings contains {"verdict": "warn", "sentence": sentence} if {
	input.operation.production
	input.operation.verb == "rerun_failed"
	some calendar in input.windows.unknown
	sentence := sprintf("it is not known whether a freeze is in force, from %s", [calendar])
}

default ending := ""

ending := ": say why it cannot wait" if input.settings.freeze == "needs_reason"
