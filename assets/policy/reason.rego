# What others have to understand afterwards is done with a reason.
package tminus.policy.reason

findings contains {"verdict": "needs_reason", "sentence": "say why, so that whoever waits for it knows"} if {
	input.operation.verb == "decline"
}

findings contains {"verdict": "needs_reason", "sentence": "a rollback of production is recorded with its reason"} if {
	input.operation.verb == "roll_back"
	input.operation.production
}
