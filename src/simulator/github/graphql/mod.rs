//! GitHub's GraphQL: queries over the parts of the schema that release work
//! reads. Documents are parsed whole; fields are looked up one by one, so
//! that only what is asked for is built.

mod cost;
mod execute;
mod fields;
mod history;
mod node;

use graphql_parser::query::{Definition, Document, OperationDefinition, parse_query};
use serde_json::{Value, json};

use super::{json::Json, limit::Limit};
use execute::Execution;
use node::Node;

/// Nodes that one query may ask for.
const NODE_LIMIT: u64 = 500_000;

/// What a query needs to know besides the world.
pub struct Request<'a> {
    /// The world, and where links lead.
    pub json: &'a Json<'a>,
    /// The text and its variables.
    pub body: &'a Value,
}

/// The answer and what it costs. GraphQL errors come with status 200.
pub fn answer(request: &Request<'_>, limit: &mut Limit) -> Value {
    let Some(text) = request.body.get("query").and_then(Value::as_str) else {
        return errors("A query attribute must be specified and must be a string.");
    };
    let document: Document<'_, String> = match parse_query(text) {
        Ok(document) => document,
        Err(error) => {
            return errors(&format!(
                "Parse error: {}",
                error.to_string().replace('\n', " ")
            ));
        }
    };
    let named = request.body.get("operationName").and_then(Value::as_str);
    let operation = document.definitions.iter().find_map(|one| match one {
        Definition::Operation(OperationDefinition::Query(query)) => (named.is_none()
            || query.name.as_deref() == named)
            .then_some((&query.selection_set, query.variable_definitions.as_slice())),
        Definition::Operation(OperationDefinition::SelectionSet(set)) => Some((set, [].as_slice())),
        _ => None,
    });
    let Some((selection, definitions)) = operation else {
        return errors("No operation named in the document, or one that is not a query.");
    };
    let mut execution = Execution::new(request.json, &document, definitions, request.body);
    let (cost, nodes) = cost::of(&execution, selection);
    if nodes > NODE_LIMIT {
        return json!({ "errors": [{
            "type": "MAX_NODE_LIMIT_EXCEEDED",
            "message": format!(
                "This query requests up to {nodes} possible nodes which exceeds the maximum limit of {NODE_LIMIT}."
            ),
        }] });
    }
    if !limit.take(request.json.world.now(), cost) {
        return json!({ "errors": [{
            "type": "RATE_LIMITED",
            "message": "API rate limit exceeded for user ID 5830101.",
        }] });
    }
    execution.limit = Some((*limit, cost));
    let data = execution.object(&Node::Query, selection, &mut Vec::new());
    match (execution.invalid.is_empty(), execution.errors.is_empty()) {
        (false, _) => json!({ "errors": execution.invalid }),
        (true, false) => json!({ "data": data, "errors": execution.errors }),
        (true, true) => json!({ "data": data }),
    }
}

fn errors(message: &str) -> Value {
    json!({ "errors": [{ "message": message }] })
}
