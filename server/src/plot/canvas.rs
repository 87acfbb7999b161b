//! Owns the drawing of lines with characters: each cell of the canvas holds a braille pattern of 2 × 4 dots.
//!
//! Invariant: whatever is drawn outside the canvas is cut off; a cell belongs to the series that drew on it last.

/// Dots of a cell from left to right.
pub(crate) const DOTS_WIDE: usize = 2;
/// Dots of a cell from top to bottom.
pub(crate) const DOTS_HIGH: usize = 4;

/// Bits of the braille pattern by column and row of the dot.
const DOT_BITS: [[u8; DOTS_HIGH]; DOTS_WIDE] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The first of the 256 braille patterns, the empty one.
const BRAILLE_FIRST: u32 = 0x2800;

/// A cell that something was drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    dots: u8,
    /// Index of the series that drew here last.
    pub(crate) owner: usize,
}

impl Cell {
    /// The character with this cell's dots.
    pub(crate) fn braille(self) -> char {
        char::from_u32(BRAILLE_FIRST + u32::from(self.dots)).unwrap_or(' ')
    }
}

/// A grid of cells, drawn on by the dot.
#[derive(Debug)]
pub(crate) struct Canvas {
    columns: usize,
    cells: Vec<Option<Cell>>,
}

impl Canvas {
    /// An empty canvas of so many cells.
    pub(crate) fn new(columns: usize, rows: usize) -> Self {
        Self { columns, cells: vec![None; columns * rows] }
    }

    /// The cells of one row, from left to right.
    pub(crate) fn row(&self, row: usize) -> &[Option<Cell>] {
        &self.cells[row * self.columns..(row + 1) * self.columns]
    }

    /// Sets one dot; `x` and `y` count dots from the upper left corner.
    pub(crate) fn dot(&mut self, x: usize, y: usize, owner: usize) {
        let (column, row) = (x / DOTS_WIDE, y / DOTS_HIGH);
        if column >= self.columns {
            return;
        }
        let Some(cell) = self.cells.get_mut(row * self.columns + column) else {
            return;
        };
        let dots = cell.map_or(0, |cell| cell.dots) | DOT_BITS[x % DOTS_WIDE][y % DOTS_HIGH];
        *cell = Some(Cell { dots, owner });
    }

    /// Draws a straight line with both its ends.
    pub(crate) fn line(&mut self, from: (usize, usize), to: (usize, usize), owner: usize) {
        let (wide, high) = (to.0.abs_diff(from.0), to.1.abs_diff(from.1));
        let steps = wide.max(high).max(1);
        // Halves round to the nearest dot.
        let along = |start: usize, end: usize, step: usize| {
            let way = (start.abs_diff(end) * step * 2 + steps) / (steps * 2);
            if end >= start { start + way } else { start - way }
        };
        for step in 0..=steps {
            self.dot(along(from.0, to.0, step), along(from.1, to.1, step), owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(canvas: &Canvas, rows: usize) -> Vec<String> {
        (0..rows)
            .map(|row| canvas.row(row).iter().map(|cell| cell.map_or(' ', Cell::braille)).collect())
            .collect()
    }

    #[test]
    fn a_diagonal_runs_from_corner_to_corner() {
        let mut canvas = Canvas::new(4, 2);
        canvas.line((0, 7), (7, 0), 0);
        assert_eq!(text(&canvas, 2), ["  ⡠⠊", "⡠⠊  "]);
    }

    #[test]
    fn a_line_to_the_same_place_is_a_dot() {
        let mut canvas = Canvas::new(1, 1);
        canvas.line((1, 3), (1, 3), 0);
        assert_eq!(text(&canvas, 1), ["⢀"]);
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let mut canvas = Canvas::new(2, 1);
        canvas.line((0, 0), (40, 0), 0);
        canvas.dot(0, 99, 0);
        assert_eq!(text(&canvas, 1), ["⠉⠉"]);
    }

    #[test]
    fn the_last_series_owns_the_cell_and_the_dots_add_up() {
        let mut canvas = Canvas::new(1, 1);
        canvas.dot(0, 0, 0);
        canvas.dot(1, 3, 1);
        let cell = canvas.row(0)[0].expect("drawn on");
        assert_eq!((cell.braille(), cell.owner), ('⢁', 1));
    }
}
