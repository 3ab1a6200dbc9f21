# The conn: if the team wants it, one person fires actions, and everybody else
# looks. Saying that one looks at an incident, and writing into it, is free.
package tminus.policy.conn

free if input.operation.verb in {"acknowledge", "add_note"}

holder if {
	some name in input.person.names
	name in input.settings.conn_names
}

findings contains {"verdict": "deny", "sentence": sentence} if {
	input.settings.conn != null
	not holder
	not free
	sentence := sprintf("%s has the conn: only who has it acts", [input.settings.conn])
}

findings contains {"verdict": "allow", "sentence": "you have the conn"} if {
	input.settings.conn != null
	holder
}
