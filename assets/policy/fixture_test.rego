# The operations that the tests are about: ordinary ones, to which each test
# adds what it is about. They are whole inputs; a test in the program says so.
package tminus.policy.fixture_test

# An approval of somebody else's small change, on a quiet Wednesday.
approve := {
	"operation": {
		"id": "op-1",
		"verb": "approve",
		"source": "github",
		"service": "search",
		"tier": 2,
		"environment": "production",
		"production": true,
		"from": "1.87.2",
		"to": "1.88.0",
		"reason": "",
		"again_of": null,
		"in_plan": false,
	},
	"facts": [{"what": "the waiting approval", "age_seconds": 3}],
	"surroundings": [{"what": "the list of open incidents", "age_seconds": 9}],
	"person": {
		"login": "ana",
		"host": "bridge",
		"known": true,
		"names": ["ana", "ana-larkspur"],
		"groups": [],
	},
	"now": {
		"seconds": 1795010000,
		"zone": "UTC",
		"time": "2026-11-18T13:53:20Z",
		"date": "2026-11-18",
		"weekday": "wednesday",
		"hour": 13,
		"minute": 53,
	},
	"risk": {"weighed": true, "level": "low", "points": 0, "reasons": []},
	"windows": {
		"freezes": [],
		"changes": [],
		"unknown": [],
		"change_windows_exist": false,
		"next_change": null,
	},
	"change": {
		"known": true,
		"complete": true,
		"why": "",
		"commits": 2,
		"authors": ["bo"],
		"pull_request_authors": ["bo"],
		"files_known": true,
		"files": ["src/rank.rs"],
	},
	"request": {"known": true, "by": "chen"},
	"canary": {"state": "none", "sentence": ""},
	"incidents": [],
	"deployments": [],
	"connection": "ok",
	"release": {"id": "train-47", "kind": "train", "captain": "ana"},
	"settings": {
		"stale_seconds": 300,
		"bots": ["dependabot[bot]"],
		"approvals": {"low": 1, "medium": 1, "high": 2},
		"conn": null,
		"conn_names": [],
		"hotfix_review_hours": 24,
		"confirm": null,
		"rollback": "needs_typing",
		"freeze": "needs_reason",
		"outside_change_window": "needs_reason",
		"own_change": "needs_second_person",
		"own_request": "needs_second_person",
		"unknown_change": "needs_second_person",
		"canary_failing": "deny",
		"open_incident": "needs_reason",
		"in_flight": "needs_reason",
		"unknown_health": "warn",
	},
}

# The way back from what the approval let out.
roll_back := object.union(approve, {
	"operation": {"verb": "roll_back", "from": "1.88.0", "to": "1.87.2"},
	"facts": [{"what": "1.88.0 is what serves", "age_seconds": 3}],
	"request": {"known": false, "by": ""},
})

# Somebody looks at an incident.
acknowledge := object.union(approve, {"operation": {
	"verb": "acknowledge",
	"environment": null,
	"production": false,
	"from": null,
	"to": null,
}})

hotfix := object.union(approve, {"release": {"id": "hotfix-1", "kind": "hotfix"}})

span(title) := {
	"id": "config:w",
	"title": title,
	"start": 1795000000,
	"end": 1795020000,
	"start_text": "2026-11-18 11:06 UTC",
	"end_text": "2026-11-18 16:40 UTC",
}

verdicts(findings) := {finding.verdict | some finding in findings}

sentences(findings) := concat("\n", sort([finding.sentence | some finding in findings]))
