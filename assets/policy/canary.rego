# A canary that fails stops what goes out to the same place; going back is its
# remedy, and so may be the hotfix lane.
package tminus.policy.canary

hotfix if input.release.kind == "hotfix"

failing := sprintf("the canary is failing: %s", [input.canary.sentence]) if input.canary.state == "failing"

findings contains {"verdict": input.settings.canary_failing, "sentence": failing} if {
	input.operation.verb in {"approve", "promote"}
	not hotfix
}

findings contains {"verdict": "needs_reason", "sentence": sprintf("%s; say how the hotfix mends it", [failing])} if {
	input.operation.verb in {"approve", "promote"}
	hotfix
}

findings contains {"verdict": "warn", "sentence": failing} if input.operation.verb == "rerun_failed"

findings contains {"verdict": "allow", "sentence": sprintf("%s; this is its remedy", [failing])} if input.operation.verb in {"roll_back", "abort", "hold"}

findings contains {"verdict": input.settings.unknown_health, "sentence": sentence} if {
	input.operation.production
	input.operation.verb in {"approve", "promote"}
	input.canary.state == "not_known"
	sentence := sprintf("it is not known how the canary is: %s", [input.canary.sentence])
}
