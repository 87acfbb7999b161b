//! The notifier as a whole: transitions in, messages out, with restarts and receivers that fail.

mod desk;
mod digests;
mod dry;
mod example;
mod kept_back;
mod sending;
mod storm;
mod timing;
