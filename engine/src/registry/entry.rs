//! Owns the byte layout of one change in `names.log`, as `docs/format-names.md` describes it.
//!
//! Invariant: `decode` accepts exactly what `encode` writes. A record holds changes of one kind: the kind's byte, then
//! the changes one after another to the record's end. Whether a change makes sense is the census's question.

use plumbago_protocol::Aggregation;

use crate::policy::{Archive, Policy};
use crate::varint;

/// The layout's version, in the first record of every log.
pub(super) const LAYOUT_VERSION: u64 = 1;

/// Bytes that a deletion takes at most.
pub(crate) const DELETE_BYTES_MAX: u64 = 5;
/// Bytes that a new name takes at most, those of the name itself apart.
pub(crate) const RENAME_BYTES_MAX: u64 = 8;
/// Bytes that a change of policy takes at most.
pub(crate) const CHANGE_POLICY_BYTES_MAX: u64 = 18;
/// Bytes that a note of what was synced takes at most.
pub(super) const SYNCED_BYTES_MAX: u64 = 10;

/// What a record's first byte says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Layout = 0,
    Policy = 1,
    Create = 2,
    Delete = 3,
    Rename = 4,
    ChangePolicy = 5,
    Synced = 6,
}

/// One change to what exists.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry<'a> {
    Layout {
        version: u64,
    },
    Policy {
        id: u16,
        policy: Policy,
    },
    Create {
        id: u32,
        policy: u16,
        name: &'a str,
    },
    Delete {
        id: u32,
    },
    Rename {
        id: u32,
        name: &'a str,
    },
    ChangePolicy {
        id: u32,
        policy: u16,
        at: i64,
    },
    /// No change: so many bytes of the log were durable when this was written.
    Synced {
        bytes: u64,
    },
}

impl Entry<'_> {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Entry::Layout { .. } => Kind::Layout,
            Entry::Policy { .. } => Kind::Policy,
            Entry::Create { .. } => Kind::Create,
            Entry::Delete { .. } => Kind::Delete,
            Entry::Rename { .. } => Kind::Rename,
            Entry::ChangePolicy { .. } => Kind::ChangePolicy,
            Entry::Synced { .. } => Kind::Synced,
        }
    }

    /// Appends the change; `first` says whether it opens its record, where a creation carries its id.
    pub(super) fn encode(&self, first: bool, out: &mut Vec<u8>) {
        match *self {
            Entry::Layout { version } => varint::put(version, out),
            Entry::Synced { bytes } => varint::put(bytes, out),
            Entry::Policy { id, ref policy } => encode_policy(id, policy, out),
            Entry::Create { id, policy, name } => {
                if first {
                    varint::put(id.into(), out);
                }
                varint::put(policy.into(), out);
                push_text(name, out);
            }
            Entry::Delete { id } => varint::put(id.into(), out),
            Entry::Rename { id, name } => {
                varint::put(id.into(), out);
                push_text(name, out);
            }
            Entry::ChangePolicy { id, policy, at } => {
                varint::put(id.into(), out);
                varint::put(policy.into(), out);
                varint::put_signed(at, out);
            }
        }
    }
}

/// Reads the changes of one record's payload.
pub(super) struct Entries<'a> {
    kind: Kind,
    rest: &'a [u8],
    create_id: Option<u32>,
}

impl<'a> Entries<'a> {
    /// `None` for a kind that does not exist or a payload without any change.
    pub(super) fn new(payload: &'a [u8]) -> Option<Self> {
        let (&kind, rest) = payload.split_first()?;
        let kind = match kind {
            0 => Kind::Layout,
            1 => Kind::Policy,
            2 => Kind::Create,
            3 => Kind::Delete,
            4 => Kind::Rename,
            5 => Kind::ChangePolicy,
            6 => Kind::Synced,
            _ => return None,
        };
        (!rest.is_empty()).then_some(Self { kind, rest, create_id: None })
    }

    /// Bytes not read yet; zero at the end.
    pub(super) fn remaining_bytes(&self) -> usize {
        self.rest.len()
    }

    /// The next change; `None` when the bytes are not one.
    pub(super) fn decode(&mut self) -> Option<Entry<'a>> {
        match self.kind {
            Kind::Layout => Some(Entry::Layout { version: self.varint()? }),
            Kind::Synced => Some(Entry::Synced { bytes: self.varint()? }),
            Kind::Policy => self.policy(),
            Kind::Create => {
                let id = match self.create_id {
                    Some(previous) => previous.checked_add(1)?,
                    None => self.id()?,
                };
                self.create_id = Some(id);
                Some(Entry::Create { id, policy: self.policy_id()?, name: self.text()? })
            }
            Kind::Delete => Some(Entry::Delete { id: self.id()? }),
            Kind::Rename => Some(Entry::Rename { id: self.id()?, name: self.text()? }),
            Kind::ChangePolicy => {
                let (id, policy) = (self.id()?, self.policy_id()?);
                Some(Entry::ChangePolicy { id, policy, at: varint::take_signed(&mut self.rest)? })
            }
        }
    }

    fn policy(&mut self) -> Option<Entry<'a>> {
        let id = self.policy_id()?;
        let (code, rest) = self.rest.split_first()?;
        let (x_files_factor, rest) = rest.split_first_chunk::<4>()?;
        self.rest = rest;
        let archive_count = self.varint()?;
        let mut archives = Vec::new();
        for _ in 0..archive_count {
            archives.push(Archive { step_secs: self.id()?, retention_secs: self.id()? });
        }
        let x_files_factor = f32::from_le_bytes(*x_files_factor);
        let policy = Policy::new(archives, x_files_factor, aggregation_of(*code)?).ok()?;
        Some(Entry::Policy { id, policy })
    }

    fn varint(&mut self) -> Option<u64> {
        varint::take(&mut self.rest)
    }

    fn id(&mut self) -> Option<u32> {
        self.varint()?.try_into().ok()
    }

    fn policy_id(&mut self) -> Option<u16> {
        self.varint()?.try_into().ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.varint()?).ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }
}

fn push_text(text: &str, out: &mut Vec<u8>) {
    varint::put(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn encode_policy(id: u16, policy: &Policy, out: &mut Vec<u8>) {
    varint::put(id.into(), out);
    out.push(code_of(policy.aggregation()));
    out.extend_from_slice(&policy.x_files_factor().to_le_bytes());
    varint::put(policy.archives().len() as u64, out);
    for archive in policy.archives() {
        varint::put(archive.step_secs.into(), out);
        varint::put(archive.retention_secs.into(), out);
    }
}

/// The aggregation's number on disk: never reused, independent of the order in the code.
fn code_of(aggregation: Aggregation) -> u8 {
    match aggregation {
        Aggregation::Average => 0,
        Aggregation::Sum => 1,
        Aggregation::Min => 2,
        Aggregation::Max => 3,
        Aggregation::Last => 4,
        Aggregation::AvgZero => 5,
        Aggregation::AbsMax => 6,
        Aggregation::AbsMin => 7,
    }
}

fn aggregation_of(code: u8) -> Option<Aggregation> {
    Aggregation::all().iter().copied().find(|&aggregation| code_of(aggregation) == code)
}

#[cfg(test)]
mod tests {
    use plumbago_protocol::limits::NAME_BYTES_MAX;

    use super::*;

    fn policy() -> Policy {
        let archives = vec![
            Archive { step_secs: 10, retention_secs: 86_400 },
            Archive { step_secs: 60, retention_secs: 2_592_000 },
        ];
        Policy::new(archives, 0.1, Aggregation::AbsMin).unwrap()
    }

    fn samples() -> Vec<Vec<Entry<'static>>> {
        vec![
            vec![Entry::Layout { version: LAYOUT_VERSION }],
            vec![Entry::Policy { id: 300, policy: policy() }],
            vec![
                Entry::Create { id: 7, policy: 0, name: "a.b" },
                Entry::Create { id: 8, policy: 300, name: "ä;k=v" },
            ],
            vec![Entry::Delete { id: 0 }, Entry::Delete { id: u32::MAX }],
            vec![Entry::Rename { id: 1, name: "x" }],
            vec![Entry::ChangePolicy { id: 1, policy: 2, at: -5 }],
            vec![Entry::Synced { bytes: 1 << 40 }],
        ]
    }

    fn encoded(entries: &[Entry<'_>]) -> Vec<u8> {
        let mut payload = vec![entries[0].kind() as u8];
        for (index, entry) in entries.iter().enumerate() {
            entry.encode(index == 0, &mut payload);
        }
        payload
    }

    #[test]
    fn every_kind_comes_back() {
        for sample in samples() {
            let payload = encoded(&sample);
            let mut entries = Entries::new(&payload).unwrap();
            for entry in &sample {
                assert_eq!(entries.decode().as_ref(), Some(entry));
            }
            assert_eq!(entries.remaining_bytes(), 0);
        }
    }

    #[test]
    fn no_change_takes_more_bytes_than_room_is_taken_for() {
        let name = "n".repeat(NAME_BYTES_MAX);
        for (entry, most) in [
            (Entry::Delete { id: u32::MAX }, DELETE_BYTES_MAX),
            (Entry::Rename { id: u32::MAX, name: &name }, RENAME_BYTES_MAX + NAME_BYTES_MAX as u64),
            (Entry::ChangePolicy { id: u32::MAX, policy: u16::MAX, at: i64::MIN }, CHANGE_POLICY_BYTES_MAX),
            (Entry::Synced { bytes: u64::MAX }, SYNCED_BYTES_MAX),
        ] {
            let mut bytes = Vec::new();
            entry.encode(true, &mut bytes);
            assert!(bytes.len() as u64 <= most, "{:?} takes {}", entry.kind(), bytes.len());
        }
    }

    #[test]
    fn a_payload_cut_anywhere_ends_in_a_refusal_or_at_a_change() {
        for sample in samples() {
            let payload = encoded(&sample);
            for cut in 0..payload.len() {
                let Some(mut entries) = Entries::new(&payload[..cut]) else { continue };
                let mut whole = 0;
                while entries.remaining_bytes() > 0 && entries.decode().is_some() {
                    whole += 1;
                }
                assert!(whole < sample.len(), "{sample:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn unknown_kinds_and_codes_are_refused() {
        assert!(Entries::new(&[7, 0]).is_none());
        assert!(Entries::new(&[0]).is_none());
        assert!(Entries::new(&[]).is_none());
        assert_eq!(aggregation_of(8), None);
        for &aggregation in Aggregation::all() {
            assert_eq!(aggregation_of(code_of(aggregation)), Some(aggregation));
        }
    }
}
