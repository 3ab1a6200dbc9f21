//! Folding the tree of runs. A fold is a person's wish and stays until they
//! take it back.

use super::settle;
use crate::{
    command::{self, Item, Pane},
    ui::{
        app::App,
        views::tree::{depth, home, parent},
    },
};

/// Whether rows are shown under an item of the tree.
fn is_open(app: &App, item: &Item) -> bool {
    let list = app.list(Pane::Runs);
    list.rows.get(list.index) == Some(item)
        && list
            .rows
            .get(list.index + 1)
            .is_some_and(|next| depth(next) > depth(item))
}

/// Whether an item can have rows under it.
fn is_branch(item: &Item) -> bool {
    matches!(
        item,
        Item::Release(_) | Item::Service(_) | Item::Run(_) | Item::Job(_)
    )
}

fn wish(app: &mut App, item: Item, open: bool) {
    app.folds.insert(item, open);
    app.stale.rows_from = Some(0);
}

/// To the right: all of the selected branch is shown. To the left: nothing of
/// it, or, where nothing is shown, the cursor goes to the branch that it stands
/// in. False when there was nothing to do.
pub(super) fn fold(app: &mut App, open: bool) -> bool {
    let Some(item) = app.selected(Pane::Runs).cloned() else {
        return false;
    };
    let all = app.folds.get(&item) == Some(&true);
    if open {
        if !is_branch(&item) || (all && is_open(app, &item)) {
            return false;
        }
        wish(app, item, true);
        return true;
    }
    if is_open(app, &item) {
        wish(app, item, false);
        return true;
    }
    let Some(above) = parent(&app.model, &item, app.now) else {
        return false;
    };
    if let Some(list) = settle::list(app, Pane::Runs)
        && let Some(index) = list.rows.iter().position(|row| row == &above)
    {
        super::moves::select(app, Pane::Runs, index);
        return true;
    }
    false
}

/// Folds or unfolds a branch; false for a leaf, which is opened otherwise.
pub(super) fn toggle(app: &mut App, item: &Item) -> bool {
    if !matches!(item, Item::Release(_) | Item::Service(_) | Item::Run(_)) {
        return false;
    }
    let open = is_open(app, item);
    wish(app, item.clone(), !open);
    true
}

/// Unfolds what an item stands in, because a person wants to see it. False when
/// the cursor is inside of it already and need not move.
pub(super) fn reveal(app: &mut App, item: &Item) -> bool {
    let inside = app.selected(Pane::Runs).is_some_and(|selected| {
        matches!(item, Item::Run(_)) && command::run(&app.model, selected).as_ref() == run_of(item)
    });
    if inside {
        return false;
    }
    if let Some(service) = command::service(&app.model, item) {
        let release = Item::Release(home(&app.model, &service, app.now));
        let hidden = |app: &App, branch: &Item| app.folds.get(branch) != Some(&true);
        for branch in [release, Item::Service(service)] {
            if hidden(app, &branch) && !app.list(Pane::Runs).rows.contains(item) {
                wish(app, branch, true);
            }
        }
    }
    true
}

fn run_of(item: &Item) -> Option<&crate::domain::Origin> {
    match item {
        Item::Run(id) => Some(id),
        _ => None,
    }
}
