//! What a file may say. Rego answers a name that it does not know with
//! nothing, and a rule that says nothing lets everything pass; so every name
//! is looked up before the policy is used: functions, fields of `input`, other
//! rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fault;
use crate::error::Error;

/// Functions of the language that answer from their arguments alone. What
/// asks the clock, the network, the machine or chance is not among them.
const FUNCTIONS: &[&str] = &[
    "abs",
    "array.concat",
    "array.reverse",
    "array.slice",
    "bits.and",
    "bits.lsh",
    "bits.negate",
    "bits.or",
    "bits.rsh",
    "bits.xor",
    "ceil",
    "concat",
    "contains",
    "count",
    "endswith",
    "floor",
    "format_int",
    "glob.match",
    "glob.quote_meta",
    "indexof",
    "indexof_n",
    "intersection",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "lower",
    "max",
    "min",
    "object.filter",
    "object.get",
    "object.keys",
    "object.remove",
    "object.subset",
    "object.union",
    "object.union_n",
    "product",
    "regex.is_valid",
    "regex.match",
    "regex.replace",
    "regex.split",
    "replace",
    "round",
    "sort",
    "split",
    "sprintf",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "strings.replace_n",
    "strings.reverse",
    "substring",
    "sum",
    "to_number",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "type_name",
    "union",
    "upper",
];

/// One file: its name, and its syntax tree as the evaluator gives it.
pub(super) struct Module<'a> {
    file: &'a str,
    /// A test may replace the input, and print.
    test: bool,
    text: &'a str,
    tree: &'a Value,
    /// Its package, without `data`.
    pub(super) package: Vec<String>,
}

impl<'a> Module<'a> {
    /// Reads the package of a file.
    ///
    /// # Errors
    /// When its tree is not as expected.
    pub(super) fn new(file: &'a str, test: bool, tree: &'a Value) -> Result<Self, Error> {
        let reference = reference(&tree["ast"]["package"]["refr"])
            .ok_or_else(|| fault::at(file, 1, "it has no package"))?;
        Ok(Self {
            file,
            test,
            text: tree["source"]["contents"].as_str().unwrap_or_default(),
            tree: &tree["ast"],
            package: reference.path.iter().map(|step| step.name.clone()).fold(
                vec![reference.base],
                |mut path, name| {
                    path.extend(name);
                    path
                },
            ),
        })
    }

    /// What is written at a place of the file.
    fn written(&self, span: &Value) -> Option<&'a str> {
        let offset = |end: &str| usize::try_from(span[end].as_u64()?).ok();
        self.text.get(offset("start")?..offset("end")?)
    }

    /// The names that the file defines, with the line of the first definition.
    pub(super) fn defines(&self) -> BTreeMap<String, u64> {
        let mut names = BTreeMap::new();
        for rule in self.tree["rules"].as_array().into_iter().flatten() {
            let head = &rule["Spec"]["head"];
            let named = ["Compr", "Set", "Func"]
                .iter()
                .map(|kind| &head[kind]["refr"])
                .chain([&rule["Default"]["refr"]])
                .find_map(reference);
            if let Some(named) = named {
                names.entry(named.base).or_insert(named.line);
            }
        }
        names
    }
}

/// Looks every name up.
pub(super) struct Inspector<'a> {
    /// What each package defines, by its path with dots.
    defined: BTreeMap<String, BTreeSet<String>>,
    /// An input with something in every field.
    sample: &'a Value,
}

impl<'a> Inspector<'a> {
    /// Knows what all of these files define.
    pub(super) fn new(modules: &[Module<'_>], sample: &'a Value) -> Self {
        let mut defined: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for module in modules {
            defined
                .entry(module.package.join("."))
                .or_default()
                .extend(module.defines().into_keys());
        }
        Self { defined, sample }
    }

    /// Looks up all names of a file.
    ///
    /// # Errors
    /// The first that means nothing or is not allowed, with its line.
    pub(super) fn inspect(&self, module: &Module<'_>) -> Result<(), Error> {
        let mut aliases = BTreeMap::new();
        for import in module.tree["imports"].as_array().into_iter().flatten() {
            let Some(named) = reference(&import["refr"]) else {
                continue;
            };
            let place = Place {
                inspector: self,
                module,
                aliases: &BTreeMap::new(),
                local: BTreeMap::new(),
            };
            match named.base.as_str() {
                "data" | "input" => place.known(&named)?,
                "rego" | "future" => continue,
                _ => {
                    return Err(place.fault(&named, "only `data` and `input` can be imported"));
                }
            }
            let alias = module
                .written(&import["as"])
                .map(str::to_owned)
                .or_else(|| named.path.last().and_then(|step| step.name.clone()))
                .unwrap_or_else(|| named.base.clone());
            aliases.insert(alias, named);
        }
        for rule in module.tree["rules"].as_array().into_iter().flatten() {
            let mut place = Place {
                inspector: self,
                module,
                aliases: &aliases,
                local: BTreeMap::new(),
            };
            // A variable can be bound to what another one is bound to.
            for _ in 0..3 {
                place.bind(rule);
            }
            place.walk(rule)?;
        }
        Ok(())
    }
}

/// A name with what follows it: `input.operation.verb`.
#[derive(Clone, Debug)]
struct Reference {
    base: String,
    line: u64,
    path: Vec<Step>,
}

/// `.verb`, or `["verb"]`; no name for an index that is computed.
#[derive(Clone, Debug)]
struct Step {
    name: Option<String>,
    line: u64,
}

impl Reference {
    /// With dots, up to the first index that is computed.
    fn dotted(&self) -> String {
        let mut name = self.base.clone();
        for step in &self.path {
            let Some(part) = &step.name else { break };
            name.push('.');
            name.push_str(part);
        }
        name
    }
}

fn line(span: &Value) -> u64 {
    span["line"].as_u64().unwrap_or(1)
}

/// The reference that an expression is; none when it is another sort.
fn reference(expression: &Value) -> Option<Reference> {
    let mut path = Vec::new();
    let mut rest = expression;
    loop {
        if let Some(variable) = rest.get("Var") {
            path.reverse();
            return Some(Reference {
                base: variable["value"].as_str()?.to_owned(),
                line: line(&variable["span"]),
                path,
            });
        }
        if let Some(dot) = rest.get("RefDot") {
            path.push(Step {
                name: Some(dot["field"][1].as_str()?.to_owned()),
                line: line(&dot["field"][0]),
            });
            rest = &dot["refr"];
        } else if let Some(bracket) = rest.get("RefBrack") {
            let index = &bracket["index"];
            path.push(Step {
                name: ["String", "RawString"]
                    .iter()
                    .find_map(|kind| index[kind]["value"].as_str())
                    .map(str::to_owned),
                line: line(&bracket["span"]),
            });
            rest = &bracket["refr"];
        } else {
            return None;
        }
    }
}

/// Where names are looked up: one rule of one file.
struct Place<'a> {
    inspector: &'a Inspector<'a>,
    module: &'a Module<'a>,
    aliases: &'a BTreeMap<String, Reference>,
    /// Variables that stand for a part of the input; none for one that stands
    /// for several.
    local: BTreeMap<String, Option<&'a Value>>,
}

impl<'a> Place<'a> {
    fn fault(&self, named: &Reference, reason: &str) -> Error {
        fault::at(self.module.file, named.line, reason)
    }

    /// Finds out which variables stand for a part of the input.
    fn bind(&mut self, tree: &Value) {
        if let Some(each) = tree.get("SomeIn") {
            if let Some(variable) = each["value"]["Var"]["value"].as_str() {
                let part = self.part(&each["collection"]).and_then(element);
                self.stands_for(variable, part);
            }
        } else if let Some(assignment) = tree.get("AssignExpr")
            && let Some(variable) = assignment["lhs"]["Var"]["value"].as_str()
        {
            let part = self.part(&assignment["rhs"]);
            self.stands_for(variable, part);
        }
        children(tree).for_each(|child| self.bind(child));
    }

    fn stands_for(&mut self, variable: &str, part: Option<&'a Value>) {
        let known = self.local.entry(variable.to_owned()).or_insert(part);
        if known.is_some() && *known != part {
            *known = None;
        }
    }

    /// The part of the input that an expression is.
    fn part(&self, expression: &Value) -> Option<&'a Value> {
        let named = reference(expression)?;
        self.follow(&named).ok().flatten()
    }

    /// Follows a reference into the input; none where it leads elsewhere.
    fn follow(&self, named: &Reference) -> Result<Option<&'a Value>, Error> {
        let (mut part, mut written) = if named.base == "input" {
            (self.inspector.sample, "input".to_owned())
        } else if let Some(Some(part)) = self.local.get(&named.base) {
            (*part, named.base.clone())
        } else if let Some(alias) = self
            .aliases
            .get(&named.base)
            .filter(|alias| alias.base == "input")
        {
            match self.follow(alias)? {
                Some(part) => (part, named.base.clone()),
                None => return Ok(None),
            }
        } else {
            return Ok(None);
        };
        for step in &named.path {
            let next = match (&step.name, part) {
                (Some(name), Value::Object(fields)) => fields.get(name).ok_or_else(|| {
                    let known: Vec<&str> = fields.keys().map(String::as_str).collect();
                    fault::at(
                        self.module.file,
                        step.line,
                        &format!("`{written}` has no `{name}`: it has {}", known.join(", ")),
                    )
                })?,
                (None, Value::Array(_)) => match element(part) {
                    Some(item) => item,
                    None => return Ok(None),
                },
                // A field that is computed can be any.
                (None, Value::Object(_)) => return Ok(None),
                (name, _) => {
                    let name = name.as_deref().unwrap_or("[…]");
                    return Err(fault::at(
                        self.module.file,
                        step.line,
                        &format!("`{written}` has no `{name}`: it is no object"),
                    ));
                }
            };
            part = next;
            written.push('.');
            written.push_str(step.name.as_deref().unwrap_or("[…]"));
        }
        Ok(Some(part))
    }

    /// Whether the file may say this name.
    fn known(&self, named: &Reference) -> Result<(), Error> {
        if self.follow(named)?.is_some() {
            return Ok(());
        }
        let whole = match self.aliases.get(&named.base) {
            Some(alias) if alias.base == "data" => Reference {
                path: alias.path.iter().chain(&named.path).cloned().collect(),
                ..alias.clone()
            },
            _ => named.clone(),
        };
        if whole.base != "data" {
            return Ok(());
        }
        let names: Vec<&str> = whole
            .path
            .iter()
            .map_while(|step| step.name.as_deref())
            .collect();
        // A package, or something in one; what lies below that is its own.
        let found = (1..=names.len()).any(|length| {
            let (package, rest) = names.split_at(length);
            self.inspector
                .defined
                .get(&package.join("."))
                .is_some_and(|defined| rest.first().is_none_or(|name| defined.contains(*name)))
        });
        if found {
            Ok(())
        } else {
            Err(self.fault(
                named,
                &format!("there is no `{}`: no file defines it", whole.dotted()),
            ))
        }
    }

    fn walk(&self, tree: &Value) -> Result<(), Error> {
        if let Some(call) = tree.get("Call") {
            self.function(&call["fcn"])?;
            return children(&call["params"]).try_for_each(|child| self.walk(child));
        }
        if let Some(replaced) = tree["with_mods"].as_array().and_then(|all| all.first())
            && !self.module.test
        {
            return Err(fault::at(
                self.module.file,
                line(&replaced["span"]),
                "`with` puts something else in the place of what is so: it is for tests only",
            ));
        }
        if let Some(named) = reference(tree) {
            self.known(&named)?;
            return indexes(tree)
                .into_iter()
                .try_for_each(|index| self.walk(index));
        }
        children(tree).try_for_each(|child| self.walk(child))
    }

    fn function(&self, expression: &Value) -> Result<(), Error> {
        let Some(named) = reference(expression) else {
            return Err(fault::at(
                self.module.file,
                1,
                "a function is called that has no name",
            ));
        };
        let name = named.dotted();
        let own = || {
            self.inspector
                .defined
                .get(&self.module.package.join("."))
                .is_some_and(|defined| named.path.is_empty() && defined.contains(&named.base))
        };
        if FUNCTIONS.contains(&name.as_str()) || (self.module.test && name == "print") || own() {
            return Ok(());
        }
        if named.base == "data" || self.aliases.contains_key(&named.base) {
            return self.known(&named);
        }
        Err(self.fault(
            &named,
            &format!(
                "`{name}` cannot be used: a rule answers from its input alone, and this function \
                 is not known, looks elsewhere or answers nothing"
            ),
        ))
    }
}

/// One of a list.
fn element(part: &Value) -> Option<&Value> {
    part.as_array().and_then(|items| items.first())
}

/// The computed indexes of a reference.
fn indexes(expression: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut rest = expression;
    loop {
        if let Some(dot) = rest.get("RefDot") {
            rest = &dot["refr"];
        } else if let Some(bracket) = rest.get("RefBrack") {
            found.push(&bracket["index"]);
            rest = &bracket["refr"];
        } else {
            return found;
        }
    }
}

fn children(tree: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match tree {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}
