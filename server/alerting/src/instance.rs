//! Which server a message comes from: its own number among all servers, drawn once and at random.
//!
//! Invariant: no two servers have the same one, whatever their hosts are called, so that what is made of it and a message's
//! number is that message's alone. Drawing and keeping it is left to others.

use std::fmt;

use crate::message::MessageId;

/// A number that one server has, and no other one: 16 random bytes, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceId(pub [u8; 16]);

impl InstanceId {
    /// What a message of this server carries as its `Idempotency-Key`: the same each time that it goes out, and another one
    /// than that of any other message of any server.
    pub(crate) fn key_of(self, message: MessageId) -> String {
        format!("{self}-{}", message.0)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_one_number_and_two_servers_have_two_keys() {
        let (one, other) = (InstanceId([0x0a; 16]), InstanceId([0xff; 16]));
        assert_eq!(one.key_of(MessageId(1)), "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a-1");
        assert_ne!(one.key_of(MessageId(1)), other.key_of(MessageId(1)));
        assert_ne!(one.key_of(MessageId(1)), one.key_of(MessageId(11)));
    }
}
