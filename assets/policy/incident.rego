# An open urgent incident of the service: what goes out says why it goes out
# all the same. Going back may be the remedy, and so may the hotfix lane.
package tminus.policy.incident

hotfix if input.release.kind == "hotfix"

said(incident) := sprintf("incident %d is open: %s", [incident.number, incident.title])

findings contains {"verdict": input.settings.open_incident, "sentence": said(incident)} if {
	input.operation.verb in {"approve", "promote"}
	not hotfix
	some incident in input.incidents
}

findings contains {"verdict": "warn", "sentence": said(incident)} if {
	input.operation.verb == "rerun_failed"
	some incident in input.incidents
}

findings contains {"verdict": "allow", "sentence": sprintf("%s; this may be its remedy", [said(incident)])} if {
	remedy
	some incident in input.incidents
}

remedy if input.operation.verb in {"roll_back", "abort", "hold"}

remedy if {
	input.operation.verb in {"approve", "promote"}
	hotfix
}
