//! What stands for variables and files that are not there, where a file is read for a dry run.
//!
//! Invariant: nothing that decides who is told, when and how often has a stand-in: it is known, or it is a fault. All else
//! says where and in which words something is sent, and of a dry run nothing is: there anything will do that has the form
//! of such a value.

/// What the settings of a file are about, from its first keys inwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The whole file.
    File,
    /// The list of receivers, and each of them.
    Receivers,
    /// Who is told, when and how often.
    Decision,
    /// Where to, and in which words.
    Delivery,
}

impl About {
    /// What stands under a key.
    pub(super) fn under(self, key: &str) -> About {
        match (self, key) {
            (About::File, "receivers") => About::Receivers,
            (About::File, "global" | "heartbeat") => About::Delivery,
            (About::Receivers, "name") | (About::File | About::Decision, _) => About::Decision,
            // Whether there is a message at all when something is over.
            (_, "send_resolved") => About::Decision,
            (About::Receivers | About::Delivery, _) => About::Delivery,
        }
    }
}

/// What files with secrets stand for: it is an address, and may be any secret as well.
pub(super) const FILE: &str = "https://unread.invalid/file";

/// What the value under a key of a delivery is where a variable in it is not there; nothing: any text will do, in the place of
/// the variable alone.
pub(super) fn whole(key: &str) -> Option<&'static str> {
    Some(match key {
        "url" | "api_url" | "slack_api_url" | "pagerduty_url" | "opsgenie_api_url" => {
            "https://unread.invalid/"
        }
        "to" | "from" | "smtp_from" => "unread@unread.invalid",
        "smarthost" | "smtp_smarthost" => "unread.invalid:25",
        "hello" | "smtp_hello" => "unread.invalid",
        "argv" => "/unread",
        "max_alerts" => "0",
        "timeout" | "interval" => "1s",
        "type" => "team",
        "require_tls"
        | "smtp_require_tls"
        | "insecure_skip_verify"
        | "follow_redirects"
        | "link_names"
        | "short_fields"
        | "short" => "true",
        _ => return None,
    })
}
