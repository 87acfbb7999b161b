//! Reading columns on several threads.
//!
//! Invariant: the answer, and for those who look at one column after the other their order, is that of one thread: others
//! read ahead, nobody reorders. Between two pieces of work everybody asks whether the answer is still wanted.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Condvar, Mutex};

use crate::cancel::Cancel;
use crate::error::QueryError;
use crate::helpers::Helpers;
use crate::source::{FetchedSeries, Reading, VisitedSeries};

/// Values from which on work is shared: reading so many takes about a millisecond.
pub(super) const SHARED_POINTS_MIN: usize = 200_000;

/// Series that one thread reads at a time.
const PIECE_SERIES: usize = 64;

/// Values that one thread reads at a time, about: so long a query may go on after it is cancelled.
const PIECE_POINTS: usize = 1 << 18;

/// Pieces that may wait for those before them.
const PIECES_AHEAD_MAX: usize = 16;

/// Helpers that one reading wants at most.
const HELPERS_MAX: usize = 16;

/// The work of one reading: the same pieces for everybody.
struct Pieces {
    series: usize,
    /// Series of a piece, at most.
    each: usize,
    /// Values of a series, about.
    points_each: usize,
}

impl Pieces {
    fn of(reading: &dyn Reading) -> Pieces {
        let series = reading.series_count();
        let points_each = (reading.points() / series.max(1)).max(1);
        Pieces { series, each: (PIECE_POINTS / points_each).clamp(1, PIECE_SERIES), points_each }
    }

    fn count(&self) -> usize {
        self.series.div_ceil(self.each)
    }

    fn range(&self, piece: usize) -> Range<usize> {
        let start = piece.saturating_mul(self.each).min(self.series);
        start..start.saturating_add(self.each).min(self.series)
    }

    /// How many threads beside this one are worth it.
    fn helpers(&self, reading: &dyn Reading) -> usize {
        if reading.points() < SHARED_POINTS_MIN { 0 } else { (self.count().max(1) - 1).min(HELPERS_MAX) }
    }
}

/// All columns.
pub(super) fn fetch(
    reading: &dyn Reading,
    helpers: &Helpers,
    cancel: &Cancel,
) -> Result<Vec<FetchedSeries>, QueryError> {
    let pieces = Pieces::of(reading);
    let (next, read) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(pieces.count())));
    let work = || {
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces.count() {
                break;
            }
            let columns = cancel.check().and_then(|()| Ok(reading.fetch(pieces.range(piece))?));
            if columns.is_err() {
                // Nobody needs the rest.
                next.store(pieces.count(), Ordering::Relaxed);
            }
            read.lock().push((piece, columns));
        }
    };
    helpers.together(pieces.helpers(reading), work, work);
    let mut read = read.into_inner();
    read.sort_unstable_by_key(|(piece, _)| *piece);
    let mut all = Vec::with_capacity(pieces.series);
    for (_, columns) in read {
        all.append(&mut columns?);
    }
    Ok(all)
}

/// Shows `visit` one column after the other, until it breaks off.
pub(super) fn visit(
    reading: &dyn Reading,
    helpers: &Helpers,
    cancel: &Cancel,
    visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
) -> Result<(), QueryError> {
    let pieces = Pieces::of(reading);
    let queue = Queue { reading, cancel, pieces: &pieces, state: Mutex::default(), changed: Condvar::new() };
    let own = || {
        // Whatever ends the showing ends the reading ahead.
        let _stop = Stop(&queue);
        for piece in 0..pieces.count() {
            if queue.show(piece, visit)?.is_break() {
                break;
            }
        }
        Ok(())
    };
    helpers.together(pieces.helpers(reading), || queue.read_ahead(), own)
}

/// Pieces on their way from those who read to the one who shows.
struct Queue<'a> {
    reading: &'a dyn Reading,
    cancel: &'a Cancel,
    pieces: &'a Pieces,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The first piece that nobody has begun to read.
    next: usize,
    /// How many pieces have been shown.
    shown: usize,
    ready: BTreeMap<usize, Result<Block, QueryError>>,
    /// Nothing more will be shown.
    stopped: bool,
    /// A helper went without leaving its piece.
    lost: bool,
}

/// The columns of a piece.
struct Block {
    /// Name, start, step and number of values.
    columns: Vec<(Arc<str>, i64, i64, usize)>,
    values: Vec<f64>,
}

/// Ends the reading ahead when it goes, also by a panic.
struct Stop<'q, 'a>(&'q Queue<'a>);

impl Drop for Stop<'_, '_> {
    fn drop(&mut self) {
        self.0.state.lock().stopped = true;
        self.0.changed.notify_all();
    }
}

impl Queue<'_> {
    /// What a helper does.
    fn read_ahead(&self) {
        loop {
            let mut state = self.state.lock();
            while !state.stopped && state.next < self.pieces.count() && !state.has_room() {
                self.changed.wait(&mut state);
            }
            if state.stopped || state.next >= self.pieces.count() {
                break;
            }
            let piece = state.begin();
            drop(state);
            self.read(piece);
        }
    }

    /// Shows one piece; those before it have been shown.
    fn show(
        &self,
        piece: usize,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, QueryError> {
        self.cancel.check()?;
        let flow = match self.turn(piece)? {
            Some(block) => block.show(visit),
            None => {
                let mut flow = ControlFlow::Continue(());
                self.reading.visit(self.pieces.range(piece), &mut |series| {
                    flow = visit(series);
                    flow
                })?;
                flow
            }
        };
        self.state.lock().shown = piece + 1;
        self.changed.notify_all();
        Ok(flow)
    }

    /// The columns of the piece, or nothing where it is not begun and need not be kept. As long as somebody else reads
    /// it, this thread reads others.
    fn turn(&self, piece: usize) -> Result<Option<Block>, QueryError> {
        let mut state = self.state.lock();
        loop {
            if let Some(block) = state.ready.remove(&piece) {
                return block.map(Some);
            }
            if state.next <= piece {
                state.begin();
                return Ok(None);
            }
            if state.lost {
                return Err(QueryError::Cancelled);
            }
            if state.next < self.pieces.count() && state.has_room() {
                let other = state.begin();
                drop(state);
                self.read(other);
                state = self.state.lock();
            } else {
                self.changed.wait(&mut state);
            }
        }
    }

    /// Reads a piece that this thread has begun, and leaves it for the one who shows.
    fn read(&self, piece: usize) {
        let mut left = Left { queue: self, piece, block: None };
        let range = self.pieces.range(piece);
        let mut block = Block::with_room(range.len(), self.pieces.points_each);
        let read = self.cancel.check().and_then(|()| {
            Ok(self.reading.visit(range, &mut |series| {
                block.take(series);
                ControlFlow::Continue(())
            })?)
        });
        left.block = Some(read.map(|()| block));
    }
}

impl State {
    fn has_room(&self) -> bool {
        self.next < self.shown + PIECES_AHEAD_MAX
    }

    fn begin(&mut self) -> usize {
        let piece = self.next;
        self.next += 1;
        piece
    }
}

/// Leaves a piece when it goes, or word that there is none: whoever waits for it must not wait forever.
struct Left<'q, 'a> {
    queue: &'q Queue<'a>,
    piece: usize,
    block: Option<Result<Block, QueryError>>,
}

impl Drop for Left<'_, '_> {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        match self.block.take() {
            Some(block) => _ = state.ready.insert(self.piece, block),
            None => state.lost = true,
        }
        drop(state);
        self.queue.changed.notify_all();
    }
}

impl Block {
    /// For so many columns of about so many values: a piece's points are bounded, but for a single series' that has more.
    fn with_room(columns: usize, points_each: usize) -> Block {
        let points = columns.saturating_mul(points_each).min(PIECE_POINTS);
        Block { columns: Vec::with_capacity(columns), values: Vec::with_capacity(points) }
    }

    fn take(&mut self, series: VisitedSeries<'_>) {
        self.columns.push((series.name.clone(), series.start, series.step, series.values.len()));
        self.values.extend_from_slice(series.values);
    }

    fn show(&self, visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut rest = &self.values[..];
        for (name, start, step, count) in &self.columns {
            let (values, behind) = rest.split_at((*count).min(rest.len()));
            rest = behind;
            visit(VisitedSeries { name, start: *start, step: *step, values })?;
        }
        ControlFlow::Continue(())
    }
}
