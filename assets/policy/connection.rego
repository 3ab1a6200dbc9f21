# How the system that would carry it out is doing. It is read afresh before
# anything is sent, so this only says what to expect.
package tminus.policy.connection

said := {
	"connecting": "has not answered yet",
	"degraded": "answers only some of the time",
	"unreachable": "does not answer now",
	"unauthorised": "does not accept tminus' credential",
	"forbidden": "gives tminus' credential no right to all",
	"rate_limited": "asks tminus to wait",
}

findings contains {"verdict": "warn", "sentence": sentence} if {
	words := said[input.connection]
	sentence := sprintf("%s %s", [input.operation.source, words])
}
