# The risk of a change, and how many people it takes to let it out to
# production.
package tminus.policy.risk

reasons := "nothing speaks against it" if count(input.risk.reasons) == 0

reasons := concat("; ", input.risk.reasons) if count(input.risk.reasons) > 0

sentence := sprintf("risk is %s: %s", [input.risk.level, reasons])

second_person if {
	input.operation.production
	input.operation.verb == "approve"
	input.settings.approvals[input.risk.level] > 1
}

findings contains {"verdict": "needs_second_person", "sentence": sprintf("%s: another person has to agree", [sentence])} if {
	input.risk.weighed
	second_person
}

findings contains {"verdict": "allow", "sentence": sentence} if {
	input.risk.weighed
	not second_person
	input.risk.level == "low"
}

findings contains {"verdict": "warn", "sentence": sentence} if {
	input.risk.weighed
	not second_person
	input.risk.level in {"medium", "high"}
}
