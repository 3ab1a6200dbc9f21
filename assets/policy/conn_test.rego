package tminus.policy.conn_test

import data.tminus.policy.conn
import data.tminus.policy.fixture_test as fixture

held(operation, names) := object.union(operation, {"settings": {"conn": names[0], "conn_names": names}})

test_without_a_conn_everybody_acts if {
	count(conn.findings) == 0 with input as fixture.approve
}

test_whoever_has_it_acts if {
	fixture.verdicts(conn.findings) == {"allow"} with input as held(fixture.approve, ["bo", "ana-larkspur"])
}

test_everybody_else_does_not if {
	found := conn.findings with input as held(fixture.roll_back, ["bo"])
	fixture.verdicts(found) == {"deny"}
	fixture.sentences(found) == "bo has the conn: only who has it acts"
}

test_looking_at_an_incident_is_free if {
	count(conn.findings) == 0 with input as held(fixture.acknowledge, ["bo"])
}
