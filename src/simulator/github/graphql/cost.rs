//! What a query costs. GitHub GraphQL, "Rate limits and node limits": count
//! the requests that the connections need, each as often as its parents'
//! `first` or `last` multiply it, and divide by 100; at least one point. The
//! nodes are what the connections may answer at most.

use graphql_parser::query::{Selection, SelectionSet};

use super::execute::Execution;

/// Points and nodes of a selection.
pub fn of<'a>(execution: &Execution<'a>, selection: &SelectionSet<'a, String>) -> (u32, u64) {
    let mut sums = (0, 0);
    walk(execution, selection, 1, 0, &mut sums);
    let points = u32::try_from(sums.0 / 100).unwrap_or(u32::MAX).max(1);
    (points, sums.1)
}

fn walk<'a>(
    execution: &Execution<'a>,
    selection: &SelectionSet<'a, String>,
    times: u64,
    depth: u32,
    sums: &mut (u64, u64),
) {
    if depth > 40 {
        return;
    }
    for item in &selection.items {
        match item {
            Selection::Field(field) => {
                let arguments = execution.arguments(field);
                let size = arguments.number("first").or(arguments.number("last"));
                let mut below = times;
                if let Some(size) = size {
                    below = times.saturating_mul(size);
                    sums.0 += times;
                    sums.1 = sums.1.saturating_add(below);
                }
                walk(execution, &field.selection_set, below, depth + 1, sums);
            }
            Selection::InlineFragment(inline) => {
                walk(execution, &inline.selection_set, times, depth + 1, sums);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = execution.fragment(&spread.fragment_name) {
                    walk(execution, &fragment.selection_set, times, depth + 1, sums);
                }
            }
        }
    }
}
