//! Every verb that a person has, as rows of one table. Key map, help, footer,
//! palette, man page and documentation are readers of that table.

mod input;
mod item;
mod key;
mod keymap;
mod view;

pub use self::{
    input::{Input, Mouse, MouseKind},
    item::Item,
    key::{Key, KeyCode},
    keymap::KeyMap,
    view::{Pane, View},
};
