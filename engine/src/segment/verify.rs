//! Owns the full check of a segment: every checksum, every block, every count.

use super::CHUNK_BYTES;
use super::header::HEADER_BYTES;
use super::reader::Segment;
use crate::Error;

/// Faults listed before a check gives up: a file with more is beyond telling them apart.
const FAULTS_MAX: usize = 1000;

/// What the records hold in all.
#[derive(Default)]
struct Totals {
    cells: u64,
    first_slot: Option<u32>,
    last_slot: Option<u32>,
    unreadable: bool,
}

impl Segment {
    /// Checks everything that can be: an empty list means that every byte is as it was written and that all of the
    /// layout's invariants hold.
    pub fn verify(&self) -> Vec<Error> {
        let mut faults: Vec<Error> = (0..self.data().len().div_ceil(CHUNK_BYTES))
            .filter_map(|chunk| self.compare(chunk).err())
            .take(FAULTS_MAX)
            .collect();
        if !self.directory.is_consistent(self.directory_section()) {
            let offset = self.footer.directory_at();
            let found = "repeated or unordered ids, or wrong ranks";
            faults.push(Error::corrupt(self.path(), offset, "ids ascending, each once", found));
        }
        let totals = self.verify_records(&mut faults);
        if !totals.unreadable {
            self.verify_totals(&totals, &mut faults);
        }
        faults
    }

    /// Reads every record; each must end where the next one starts.
    fn verify_records(&self, faults: &mut Vec<Error>) -> Totals {
        let mut totals = Totals::default();
        let (mut slots, mut values) = (Vec::new(), Vec::new());
        let mut expected_start = Some(0);
        for (place, series) in self.places() {
            if faults.len() >= FAULTS_MAX {
                totals.unreadable = true;
                break;
            }
            if let Some(expected) = expected_start.filter(|&expected| expected != place as usize) {
                let expected = format!("the record of series {series} at byte {}", HEADER_BYTES + expected);
                faults.push(self.fault(place as usize, expected, "it here".to_owned()));
            }
            slots.clear();
            values.clear();
            match self.cells_at(place, &mut slots, &mut values) {
                Ok(end) => {
                    expected_start = Some(end);
                    totals.cells += slots.len() as u64;
                    totals.first_slot = totals.first_slot.into_iter().chain(slots.first().copied()).min();
                    totals.last_slot = totals.last_slot.max(slots.last().copied());
                    if !slots.is_sorted_by(|a, b| a < b) {
                        let expected = format!("slots of series {series} ascending");
                        faults.push(self.fault(place as usize, expected, "others".to_owned()));
                    }
                }
                Err(error) => {
                    expected_start = None;
                    totals.unreadable = true;
                    if !is_listed(faults, &error) {
                        faults.push(error);
                    }
                }
            }
        }
        let data_end = self.data().len();
        if let Some(end) = expected_start.filter(|&end| end != data_end) {
            let expected = format!("data that ends at byte {}", HEADER_BYTES + end);
            faults.push(self.fault(data_end, expected, "more".to_owned()));
        }
        totals
    }

    fn verify_totals(&self, totals: &Totals, faults: &mut Vec<Error>) {
        let stored = self.summary();
        let facts = [
            ("cells", stored.cell_count, totals.cells),
            ("as the first slot", stored.first_slot.into(), totals.first_slot.unwrap_or(0).into()),
            ("as the last slot", stored.last_slot.into(), totals.last_slot.unwrap_or(0).into()),
        ];
        for (what, stored, counted) in facts {
            if stored != counted {
                let (offset, expected) = (self.footer.end(), format!("{counted} {what}"));
                faults.push(Error::corrupt(self.path(), offset, expected, stored.to_string()));
            }
        }
    }

    fn fault(&self, data_offset: usize, expected: String, found: String) -> Error {
        Error::corrupt(self.path(), (HEADER_BYTES + data_offset) as u64, expected, found)
    }
}

/// Whether a fault at the same place has been listed: one damaged chunk spoils many records.
fn is_listed(faults: &[Error], error: &Error) -> bool {
    let place = |error: &Error| match error {
        Error::Corrupt { offset, .. } => Some(*offset),
        _ => None,
    };
    faults.iter().any(|fault| place(fault) == place(error))
}
