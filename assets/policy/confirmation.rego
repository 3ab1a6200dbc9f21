# How a yes is given: production is confirmed more strictly, and an environment
# can ask for more (`confirm` in [[environments]]).
package tminus.policy.confirmation

changes if input.operation.verb in {"approve", "decline", "rerun_failed", "roll_back"}

how := input.settings.confirm if input.settings.confirm != null

how := input.settings.rollback if {
	input.settings.confirm == null
	input.operation.production
	input.operation.verb == "roll_back"
}

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
