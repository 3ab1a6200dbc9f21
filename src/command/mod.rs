//! Every verb that a person has, as rows of one table. Key map, help, footer,
//! palette, man page and documentation are readers of that table.

mod filter;
mod input;
mod item;
mod key;
mod keymap;
mod subject;
mod table;
mod view;

pub use self::{
    filter::{FILTER_KEYS, FILTER_STATES, Terms},
    input::{Input, Mouse, MouseKind},
    item::Item,
    key::{Key, KeyCode},
    keymap::{KeyFault, KeyMap},
    subject::{haystack, label, link, links, run, service, short_id, source},
    table::{Command, Danger, Row, Scope, TABLE, row},
    view::{Form, Pane, View},
};

#[cfg(test)]
mod tests;
