# Another deployment to the same place is at work: whichever ends last serves.
# What only waits is not at work, and taking back the very version that is on
# its way is no collision but the point.
package tminus.policy.in_flight

concerned if input.operation.verb in {"approve", "roll_back"}

taken_back(deployment) if {
	input.operation.verb == "roll_back"
	deployment.version == input.operation.from
}

said(deployment) := sprintf(
	"a deployment of %s to %s is under way; whichever ends last will serve",
	[deployment.version, deployment.environment],
)

findings contains {"verdict": input.settings.in_flight, "sentence": said(deployment)} if {
	concerned
	some deployment in input.deployments
	not taken_back(deployment)
}

findings contains {"verdict": "warn", "sentence": said(deployment)} if {
	concerned
	some deployment in input.deployments
	taken_back(deployment)
}
