//! The values a pickle is made of, and where they live.
//!
//! Owns the arena: values are small and copied, texts are ranges of the payload (or of a side buffer, where escapes
//! had to be resolved), tuples are ranges of the arena, lists are chains of such ranges. Nothing is allocated for a
//! single value, and nothing is freed before the frame is done. Ranges are `u32`: a payload is shorter than that.

/// One value; texts, tuples and lists are references into a [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// No value: an unset memo entry.
    Absent,
    /// Python's `None`: of no use in a point.
    Nothing,
    /// A number of more than 128 bits: of no use either.
    TooLarge,
    /// An integer or a truth value.
    Integer(i64),
    /// A float.
    Float(f64),
    /// Text or bytes in the payload.
    Text(Range),
    /// Text or bytes whose escapes were resolved, in the side buffer.
    Resolved(Range),
    /// Values in the arena.
    Tuple(Range),
    /// A list, by its number.
    List(u32),
}

/// A range of a buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    start: u32,
    length: u32,
}

impl Range {
    #[inline(always)]
    pub(super) fn new(start: usize, length: usize) -> Range {
        // A payload that `u32` cannot count is refused before anything is read from it.
        Range { start: start as u32, length: length as u32 }
    }

    #[inline(always)]
    pub(super) fn of<T>(self, buffer: &[T]) -> &[T] {
        let start = self.start as usize;
        buffer.get(start..start + self.length as usize).unwrap_or_default()
    }

    fn end(self) -> usize {
        self.start as usize + self.length as usize
    }
}

const NO_RUN: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    range: Range,
    next: u32,
}

/// The storage of one pickle's values.
#[derive(Debug, Default)]
pub(super) struct Heap {
    arena: Vec<Value>,
    resolved: Vec<u8>,
    lists: Vec<List>,
    runs: Vec<Run>,
}

impl Heap {
    /// Empties the heap, and keeps room for at most so many of each kind.
    pub(super) fn shrink_to(&mut self, count: usize) {
        self.arena.clear();
        self.arena.shrink_to(count);
        self.resolved.clear();
        self.resolved.shrink_to(count);
        self.lists.clear();
        self.lists.shrink_to(count);
        self.runs.clear();
        self.runs.shrink_to(count);
    }

    /// How many values the heap holds: what is bounded to bound its memory.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.arena.len() + self.lists.len()
    }

    #[inline(always)]
    pub(super) fn tuple(&mut self, values: &[Value]) -> Value {
        let start = self.arena.len();
        self.arena.extend_from_slice(values);
        Value::Tuple(Range::new(start, values.len()))
    }

    #[inline]
    pub(super) fn list(&mut self, values: &[Value]) -> Value {
        let number = self.lists.len() as u32;
        self.lists.push(List { first: NO_RUN, last: NO_RUN });
        self.append(number, values);
        Value::List(number)
    }

    /// Appends to a list; a number that was not given out by [`Heap::list`] is passed over.
    #[inline]
    pub(super) fn append(&mut self, number: u32, values: &[Value]) {
        let Some(list) = self.lists.get_mut(number as usize) else {
            return;
        };
        if values.is_empty() {
            return;
        }
        let start = self.arena.len();
        self.arena.extend_from_slice(values);
        let added = self.runs.len() as u32;
        match self.runs.get_mut(list.last as usize) {
            Some(run) if run.range.end() == start => {
                run.range.length += values.len() as u32;
                return;
            }
            Some(run) => run.next = added,
            None => list.first = added,
        }
        list.last = added;
        self.runs.push(Run { range: Range::new(start, values.len()), next: NO_RUN });
    }

    /// Keeps a text whose escapes were resolved.
    pub(super) fn text(&mut self, text: &[u8]) -> Value {
        let start = self.resolved.len();
        self.resolved.extend_from_slice(text);
        Value::Resolved(Range::new(start, text.len()))
    }

    /// The bytes of a text.
    #[inline(always)]
    pub(super) fn bytes<'a>(&'a self, payload: &'a [u8], value: Value) -> Option<&'a [u8]> {
        match value {
            Value::Text(range) => Some(range.of(payload)),
            Value::Resolved(range) => Some(range.of(&self.resolved)),
            _ => None,
        }
    }

    /// The two elements of a tuple or list that has just two.
    #[inline(always)]
    pub(super) fn pair(&self, value: Value) -> Option<[Value; 2]> {
        match value {
            Value::Tuple(range) => range.of(&self.arena).try_into().ok(),
            Value::List(_) => {
                let mut elements = self.runs_of(value).flatten().copied();
                let pair = [elements.next()?, elements.next()?];
                elements.next().is_none().then_some(pair)
            }
            _ => None,
        }
    }

    /// The elements of a tuple or list, run by run; nothing for other values.
    pub(super) fn runs_of(&self, value: Value) -> impl Iterator<Item = &[Value]> {
        let whole = match value {
            Value::Tuple(range) => Some(range.of(&self.arena)),
            _ => None,
        };
        let first = match value {
            Value::List(number) => {
                self.lists.get(number as usize).and_then(|list| self.runs.get(list.first as usize))
            }
            _ => None,
        };
        let runs = std::iter::successors(first, |run| self.runs.get(run.next as usize));
        whole.into_iter().chain(runs.map(|run| run.range.of(&self.arena)))
    }
}
