# What the decision rests on has to be known. A fact that is older than
# `stale_seconds`, or that was never seen, is not known and does not pass.
# Before anything is sent the target is read once more in any case.
package tminus.policy.freshness

fresh(fact) if {
	fact.age_seconds != null
	fact.age_seconds <= input.settings.stale_seconds
}

span(seconds) := sprintf("%d s", [seconds]) if seconds < 100

span(seconds) := sprintf("%d min", [floor(seconds / 60)]) if {
	seconds >= 100
	seconds < 6000
}

span(seconds) := sprintf("%d h", [floor(seconds / 3600)]) if seconds >= 6000

findings contains {"verdict": "allow", "sentence": sentence} if {
	some fact in input.facts
	fresh(fact)
	sentence := sprintf("%s was seen %s ago", [fact.what, span(fact.age_seconds)])
}

findings contains {"verdict": "deny", "sentence": sentence} if {
	some fact in input.facts
	not fresh(fact)
	fact.age_seconds != null
	sentence := sprintf("%s was seen %s ago, so it is not known now: refresh with u and try again", [fact.what, span(fact.age_seconds)])
}

findings contains {"verdict": "deny", "sentence": sentence} if {
	some fact in input.facts
	fact.age_seconds == null
	sentence := sprintf("%s was not seen yet, so it is not known: refresh with u and try again", [fact.what])
}

# What surrounds the operation matters where a version goes out. Going back
# must not wait for a pager that is away.
findings contains {"verdict": verdict, "sentence": sentence} if {
	input.operation.production
	input.operation.verb in {"approve", "promote", "roll_back"}
	some fact in input.surroundings
	not fresh(fact)
	sentence := sprintf("%s is too old to rely on, or was never read", [fact.what])
}

verdict := input.settings.unknown_health if input.operation.verb in {"approve", "promote"}

verdict := "warn" if input.operation.verb == "roll_back"
