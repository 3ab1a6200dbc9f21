//! A raster finer than the screen's cells: two by four dots a cell in braille,
//! one a cell in plain characters.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// The bits of a braille cell by column and row. Unicode, "Braille Patterns".
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// A raster of dots; row 0 is at the top.
#[derive(Debug)]
pub(super) struct Dots {
    columns: usize,
    rows: usize,
    plain: bool,
    cells: Vec<u8>,
}

impl Dots {
    pub(super) fn new(columns: u16, rows: u16, plain: bool) -> Self {
        Self {
            columns: usize::from(columns),
            rows: usize::from(rows),
            plain,
            cells: vec![0; usize::from(columns) * usize::from(rows)],
        }
    }

    fn scale(&self) -> (usize, usize) {
        if self.plain { (1, 1) } else { (2, 4) }
    }

    /// The dot of two shares, from the left and from the bottom.
    pub(super) fn place(&self, along: f64, up: f64) -> (i32, i32) {
        let (wide, high) = self.scale();
        let last_column = (self.columns * wide).saturating_sub(1) as f64;
        let last_row = (self.rows * high).saturating_sub(1) as f64;
        (
            (along.clamp(0.0, 1.0) * last_column).round() as i32,
            ((1.0 - up.clamp(0.0, 1.0)) * last_row).round() as i32,
        )
    }

    pub(super) fn dot(&mut self, (x, y): (i32, i32), strong: bool) {
        self.set(x, y);
        if strong && !self.plain {
            let last = i32::try_from(self.rows * 4).unwrap_or(i32::MAX) - 1;
            self.set(x, if y < last { y + 1 } else { y - 1 });
        }
    }

    fn set(&mut self, x: i32, y: i32) {
        let (wide, high) = self.scale();
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        let (column, row) = (x / wide, y / high);
        if column >= self.columns {
            return;
        }
        let bit = BITS
            .get(x % wide)
            .and_then(|bits| bits.get(y % high))
            .copied()
            .unwrap_or(0);
        if let Some(cell) = self.cells.get_mut(row * self.columns + column) {
            *cell |= bit;
        }
    }

    /// Bresenham's line.
    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), strong: bool) {
        let (mut x, mut y) = from;
        let (wide, high) = ((to.0 - x).abs(), -(to.1 - y).abs());
        let (right, down) = ((to.0 - x).signum(), (to.1 - y).signum());
        let mut error = wide + high;
        loop {
            self.dot((x, y), strong);
            if (x, y) == to {
                return;
            }
            let twice = 2 * error;
            if twice >= high {
                error += high;
                x += right;
            }
            if twice <= wide {
                error += wide;
                y += down;
            }
        }
    }

    /// Puts the dots over what is there; a cell without dots is left alone.
    pub(super) fn draw(&self, buffer: &mut Buffer, area: Rect, style: Style, plain: &str) {
        for (at, bits) in self.cells.iter().enumerate() {
            if *bits == 0 {
                continue;
            }
            let x = area.x + (at % self.columns) as u16;
            let y = area.y + (at / self.columns) as u16;
            let Some(cell) = buffer.cell_mut((x, y)) else {
                continue;
            };
            if self.plain {
                cell.set_symbol(plain);
            } else if let Some(glyph) = char::from_u32(0x2800 + u32::from(*bits)) {
                cell.set_char(glyph);
            }
            cell.set_style(style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_corner_to_corner() {
        let mut dots = Dots::new(2, 1, false);
        let (from, to) = (dots.place(0.0, 0.0), dots.place(1.0, 1.0));
        dots.line(from, to, false);
        let area = Rect::new(0, 0, 2, 1);
        let mut buffer = Buffer::empty(area);
        dots.draw(&mut buffer, area, Style::new(), "*");
        let text: String = buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        assert_eq!(text, "⡠⠊");
    }
}
