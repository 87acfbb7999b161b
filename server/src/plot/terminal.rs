//! Owns the look at the terminal: how large it is, and whether it wants colours.
//!
//! Invariant: output that goes to a file or a pipe has no colours, and a size that does not depend on where it runs.

use std::io::{IsTerminal, Stdout};

/// Size where there is no terminal, in columns and rows.
const SIZE_DEFAULT: (usize, usize) = (80, 24);

/// Rows that a plot takes beside its drawing: two for the axis, one for the range, one for the next prompt.
const ROWS_AROUND_PLOT: usize = 4;

/// More rows make a plot no clearer.
const PLOT_ROWS_MAX: usize = 24;

/// What standard output is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// Columns.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// Whether colours may be used.
    pub(crate) color: bool,
}

impl Terminal {
    /// Looks at standard output and at `NO_COLOR` and `TERM` in the environment.
    pub(crate) fn of(stdout: &Stdout) -> Self {
        let size = rustix::termios::tcgetwinsize(stdout).ok().map(|size| (size.ws_col, size.ws_row));
        let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Self::from_facts(
            stdout.is_terminal(),
            size,
            variable("NO_COLOR").as_deref(),
            variable("TERM").as_deref(),
        )
    }

    fn from_facts(
        is_terminal: bool,
        size: Option<(u16, u16)>,
        no_color: Option<&str>,
        term: Option<&str>,
    ) -> Self {
        // Some terminals, as serial lines, have a size of nothing.
        let known = size.filter(|(width, height)| is_terminal && *width > 0 && *height > 0);
        let (width, height) = known.map_or(SIZE_DEFAULT, |(width, height)| (width.into(), height.into()));
        // NO_COLOR counts when it is set to anything but an empty text.
        let color = is_terminal && no_color.is_none_or(str::is_empty) && term != Some("dumb");
        Self { width, height, color }
    }

    /// Rows for the drawing of a plot with so many series in its legend.
    pub(crate) fn plot_rows(&self, series_count: usize) -> usize {
        let around = series_count.saturating_add(ROWS_AROUND_PLOT);
        self.height.saturating_sub(around).clamp(self.height / 2, PLOT_ROWS_MAX.max(self.height / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_its_size_and_colours() {
        let terminal = Terminal::from_facts(true, Some((120, 40)), None, Some("xterm"));
        assert_eq!(terminal, Terminal { width: 120, height: 40, color: true });
    }

    #[test]
    fn colours_are_refused_by_no_color_by_dumb_terminals_and_by_pipes() {
        assert!(!Terminal::from_facts(true, None, Some("1"), None).color);
        assert!(Terminal::from_facts(true, None, Some(""), None).color, "an empty NO_COLOR says nothing");
        assert!(!Terminal::from_facts(true, None, None, Some("dumb")).color);
        assert_eq!(
            Terminal::from_facts(false, Some((200, 50)), None, None),
            Terminal { width: 80, height: 24, color: false }
        );
    }

    #[test]
    fn a_terminal_without_a_size_gets_the_usual_one() {
        let terminal = Terminal::from_facts(true, Some((0, 0)), None, None);
        assert_eq!((terminal.width, terminal.height), SIZE_DEFAULT);
    }

    #[test]
    fn the_plot_and_its_legend_fit_on_the_screen() {
        let terminal = Terminal { width: 80, height: 24, color: false };
        assert_eq!(terminal.plot_rows(1), 19);
        assert_eq!(terminal.plot_rows(5), 15);
        assert_eq!(terminal.plot_rows(500), 12, "a long legend scrolls, the drawing stays legible");
        assert_eq!(Terminal { height: 100, ..terminal }.plot_rows(1), 50);
    }
}
