//! Pictures as callers ask for them: by URL, from expressions over a store.

mod alarm;
mod formats;
mod golden;
mod hostile;
mod request;
mod store;
