# How a yes is given: production is confirmed more strictly, and an environment
# can ask for more (`confirm` in [[environments]]).
package tminus.policy.confirmation

changes if input.operation.verb in {"approve", "decline", "rerun_failed", "roll_back", "promote", "hold", "abort"}

how := input.settings.confirm if input.settings.confirm != null

how := input.settings.rollback if {
	input.settings.confirm == null
	input.operation.production
	input.operation.verb in governed
}

# What `confirm_production` governs: a rollback; and where it asks for another
# person, an approval too.
governed := {"roll_back", "approve", "promote"} if input.settings.rollback == "needs_second_person"

governed := {"roll_back"} if input.settings.rollback != "needs_second_person"

words := {
	"needs_hold": "a change of %s is confirmed by holding a key down",
	"needs_typing": "a change of %s is confirmed by typing the service's name",
	"needs_second_person": "a change of %s is confirmed by another person",
}

findings contains {"verdict": how, "sentence": sentence} if {
	changes
	how != "allow"
	form := object.get(words, how, "a change of %s asks for more")
	sentence := sprintf(form, [input.operation.environment])
}

# Another person does not take the place of one's own care.
findings contains {"verdict": "needs_typing", "sentence": sentence} if {
	how == "needs_second_person"
	input.operation.production
	input.operation.verb == "roll_back"
	sentence := sprintf(words.needs_typing, [input.operation.environment])
}
