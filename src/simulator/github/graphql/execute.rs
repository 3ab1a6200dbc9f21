//! Walking a selection over the nodes of the world.

use std::collections::HashMap;

use graphql_parser::{
    Pos,
    query::{
        Definition, Document, Field, FragmentDefinition, Selection, SelectionSet, TypeCondition,
        Value as Literal, VariableDefinition,
    },
};
use serde_json::{Map, Value, json};

use super::{
    super::{json::Json, limit::Limit},
    fields,
    node::Node,
};

/// Arguments of a field, with variables filled in.
#[derive(Debug, Default)]
pub struct Arguments(HashMap<String, Value>);

impl Arguments {
    /// A text or an enum value.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    /// Whether the order is descending, where one is given.
    pub fn descending(&self) -> Option<bool> {
        let order = self.0.get("orderBy")?;
        Some(order.get("direction").and_then(Value::as_str) == Some("DESC"))
    }

    /// Whether a list argument, where it is given, holds a value.
    pub fn allows(&self, name: &str, value: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Array(values)) => values.iter().any(|one| one == value),
            Some(Value::String(one)) => one == value,
            _ => true,
        }
    }
}

/// What a field is.
pub enum Resolved {
    /// A scalar or null.
    Scalar(Value),
    /// An object.
    One(Node),
    /// A list of objects.
    Many(Vec<Node>),
    /// A list that is read in pages.
    Pages(&'static str, Vec<Node>),
    /// Null, with the reason among the errors.
    Missing(String),
    /// The type has no such field.
    Unknown,
}

/// One query on its way.
pub struct Execution<'a> {
    /// The world, and where links lead.
    pub json: &'a Json<'a>,
    /// The limit and what this query cost.
    pub limit: Option<(Limit, u32)>,
    /// Errors that leave the rest of the answer standing.
    pub errors: Vec<Value>,
    /// Errors that make the query invalid as a whole.
    pub invalid: Vec<Value>,
    fragments: HashMap<&'a str, &'a FragmentDefinition<'a, String>>,
    variables: HashMap<String, Value>,
}

impl<'a> Execution<'a> {
    /// Prepares a query.
    pub fn new(
        json: &'a Json<'a>,
        document: &'a Document<'a, String>,
        definitions: &[VariableDefinition<'a, String>],
        body: &Value,
    ) -> Self {
        let fragments = document
            .definitions
            .iter()
            .filter_map(|one| match one {
                Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
                Definition::Operation(_) => None,
            })
            .collect();
        let mut execution = Self {
            json,
            limit: None,
            errors: Vec::new(),
            invalid: Vec::new(),
            fragments,
            variables: HashMap::new(),
        };
        for definition in definitions {
            let given = body
                .get("variables")
                .and_then(|variables| variables.get(&definition.name))
                .cloned();
            let default = definition
                .default_value
                .as_ref()
                .map(|value| execution.literal(value));
            if let Some(value) = given.or(default) {
                execution.variables.insert(definition.name.clone(), value);
            }
        }
        execution
    }

    /// The fragment with this name.
    pub fn fragment(&self, name: &str) -> Option<&'a FragmentDefinition<'a, String>> {
        self.fragments.get(name).copied()
    }

    /// The arguments of a field.
    pub fn arguments(&self, field: &Field<'a, String>) -> Arguments {
        Arguments(
            field
                .arguments
                .iter()
                .map(|(name, value)| (name.clone(), self.literal(value)))
                .collect(),
        )
    }

    fn literal(&self, value: &Literal<'a, String>) -> Value {
        match value {
            Literal::Variable(name) => self.variables.get(name).cloned().unwrap_or_default(),
            Literal::Int(number) => number.as_i64().unwrap_or_default().into(),
            Literal::Float(number) => (*number).into(),
            Literal::String(text) | Literal::Enum(text) => text.clone().into(),
            Literal::Boolean(truth) => (*truth).into(),
            Literal::Null => Value::Null,
            Literal::List(values) => values.iter().map(|value| self.literal(value)).collect(),
            Literal::Object(pairs) => Value::Object(
                pairs
                    .iter()
                    .map(|(name, value)| (name.clone(), self.literal(value)))
                    .collect(),
            ),
        }
    }

    /// An object with the fields that a selection asks for.
    pub fn object(
        &mut self,
        node: &Node,
        selection: &SelectionSet<'a, String>,
        path: &mut Vec<Value>,
    ) -> Value {
        let mut object = Map::new();
        self.collect(node, selection, path, &mut object);
        Value::Object(object)
    }

    fn collect(
        &mut self,
        node: &Node,
        selection: &SelectionSet<'a, String>,
        path: &mut Vec<Value>,
        object: &mut Map<String, Value>,
    ) {
        for item in &selection.items {
            match item {
                Selection::Field(field) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name);
                    path.push(key.as_str().into());
                    let value = self.field(node, field, path);
                    path.pop();
                    object.insert(key.clone(), value);
                }
                Selection::InlineFragment(inline) => {
                    if applies(node, inline.type_condition.as_ref()) {
                        self.collect(node, &inline.selection_set, path, object);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.fragment(&spread.fragment_name) else {
                        self.refuse(
                            path,
                            spread.position,
                            &format!(
                                "Fragment {} was used, but not defined",
                                spread.fragment_name
                            ),
                        );
                        continue;
                    };
                    if applies(node, Some(&fragment.type_condition)) {
                        self.collect(node, &fragment.selection_set, path, object);
                    }
                }
            }
        }
    }

    fn field(&mut self, node: &Node, field: &Field<'a, String>, path: &mut Vec<Value>) -> Value {
        if field.name == "__typename" {
            return node.typename().into();
        }
        let arguments = self.arguments(field);
        let resolved = match node {
            Node::RateLimit => self.rate_limit(&field.name),
            _ => fields::resolve(self.json, node, &field.name, &arguments),
        };
        match resolved {
            Resolved::Scalar(value) => {
                if !field.selection_set.items.is_empty() && !value.is_null() {
                    self.refuse(
                        path,
                        field.position,
                        &format!(
                            "Selections can't be made on scalars (field '{}')",
                            field.name
                        ),
                    );
                }
                value
            }
            Resolved::One(next) => {
                self.wants_selection(field, path);
                self.object(&next, &field.selection_set, path)
            }
            Resolved::Many(nodes) => self.list(&nodes, field, path),
            Resolved::Pages(kind, nodes) => self.pages(kind, nodes, field, &arguments, path),
            Resolved::Missing(message) => {
                self.errors.push(json!({
                    "type": "NOT_FOUND",
                    "path": path.clone(),
                    "locations": [location(field.position)],
                    "message": message,
                }));
                Value::Null
            }
            Resolved::Unknown => {
                self.refuse(
                    path,
                    field.position,
                    &format!(
                        "Field '{}' doesn't exist on type '{}'",
                        field.name,
                        node.typename()
                    ),
                );
                Value::Null
            }
        }
    }

    fn list(&mut self, nodes: &[Node], field: &Field<'a, String>, path: &mut Vec<Value>) -> Value {
        self.wants_selection(field, path);
        let mut values = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            path.push(index.into());
            values.push(self.object(node, &field.selection_set, path));
            path.pop();
        }
        Value::Array(values)
    }

    /// One page of a connection. GitHub wants `first` or `last`, up to 100.
    fn pages(
        &mut self,
        kind: &'static str,
        nodes: Vec<Node>,
        field: &Field<'a, String>,
        arguments: &Arguments,
        path: &mut Vec<Value>,
    ) -> Value {
        self.wants_selection(field, path);
        let size = arguments.number("first").or(arguments.number("last"));
        let Some(size) = size else {
            self.errors.push(json!({
                "type": "MISSING_PAGINATION_BOUNDARIES",
                "path": path.clone(),
                "locations": [location(field.position)],
                "message": format!(
                    "You must provide a `first` or `last` value to properly paginate the `{}` connection.",
                    field.name
                ),
            }));
            return Value::Null;
        };
        if !(1..=100).contains(&size) {
            self.errors.push(json!({
                "type": "EXCESSIVE_PAGINATION",
                "path": path.clone(),
                "locations": [location(field.position)],
                "message": format!(
                    "Requesting {size} records on the `{}` connection exceeds the `first` limit of 100 records.",
                    field.name
                ),
            }));
            return Value::Null;
        }
        let size = size as usize;
        let total = nodes.len();
        let begin = if arguments.number("first").is_some() {
            arguments
                .text("after")
                .and_then(|cursor| cursor.strip_prefix("cursor:"))
                .and_then(|cursor| cursor.parse::<usize>().ok())
                .map_or(0, |index| index + 1)
        } else {
            total.saturating_sub(size)
        }
        .min(total);
        let end = (begin + size).min(total);
        let page = nodes.into_iter().skip(begin).take(end - begin).collect();
        let connection = Node::Connection {
            kind,
            nodes: page,
            begin,
            total,
        };
        self.object(&connection, &field.selection_set, path)
    }

    fn rate_limit(&self, name: &str) -> Resolved {
        let Some((limit, cost)) = &self.limit else {
            return Resolved::Unknown;
        };
        limit
            .graph(*cost)
            .into_iter()
            .find(|(known, _)| *known == name)
            .map_or(Resolved::Unknown, |(_, value)| Resolved::Scalar(value))
    }

    fn wants_selection(&mut self, field: &Field<'a, String>, path: &[Value]) {
        if field.selection_set.items.is_empty() {
            self.refuse(
                path,
                field.position,
                &format!("Field must have selections (field '{}')", field.name),
            );
        }
    }

    fn refuse(&mut self, path: &[Value], position: Pos, message: &str) {
        if self.invalid.len() < 20 {
            self.invalid.push(json!({
                "path": path,
                "locations": [location(position)],
                "message": message,
            }));
        }
    }
}

fn location(position: Pos) -> Value {
    json!({ "line": position.line, "column": position.column })
}

fn applies(node: &Node, condition: Option<&TypeCondition<'_, String>>) -> bool {
    match condition {
        None => true,
        Some(TypeCondition::On(name)) => node.is(name),
    }
}
