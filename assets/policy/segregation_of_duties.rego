# Segregation of duties: whoever wrote some of a change, or asked for it, is
# not the one who lets it out to production. Named bots are nobody's author.
# What is not known does not pass for somebody else's.
package tminus.policy.segregation_of_duties

concerned if {
	input.operation.production
	input.operation.verb == "approve"
}

# The people who wrote it: authors of commits and of pull requests.
people := {name |
	some list in [input.change.authors, input.change.pull_request_authors]
	some name in list
	not bot(name)
}

bot(name) if lower(name) in input.settings.bots

me(name) if lower(name) in input.person.names

findings contains {"verdict": input.settings.own_change, "sentence": "you wrote some of what goes out: the author of a change is not the one who approves it"} if {
	concerned
	some name in people
	me(name)
}

findings contains {"verdict": input.settings.own_request, "sentence": "you asked for this run: whoever asks for a change is not the one who approves it"} if {
	concerned
	input.request.known
	me(input.request.by)
	not bot(input.request.by)
}

findings contains {"verdict": input.settings.unknown_change, "sentence": sentence} if {
	concerned
	some why in unknown
	sentence := sprintf("it is not known whether it is your own change: %s", [why])
}

unknown contains input.change.why if not input.change.known

unknown contains input.change.why if {
	input.change.known
	not input.change.complete
}

unknown contains "nobody told who asked for the run" if not input.request.known

unknown contains sentence if {
	not input.person.known
	sentence := sprintf("%s did not tell who you are, and [people] does not name %s", [input.operation.source, input.person.login])
}

findings contains {"verdict": "allow", "sentence": sentence} if {
	concerned
	count(unknown) == 0
	mine := {name | some name in people; me(name)}
	count(mine) == 0
	not own_request
	sentence := sprintf("others wrote it (%s) and asked for it (%s)", [authors, input.request.by])
}

own_request if {
	me(input.request.by)
	not bot(input.request.by)
}

authors := "bots only" if count(people) == 0

authors := concat(", ", sort(people)) if {
	count(people) > 0
	count(people) < 5
}

authors := sprintf("%d people", [count(people)]) if count(people) >= 5
