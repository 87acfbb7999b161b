//! What the operating system tells the server to do: SIGHUP reloads, SIGTERM and SIGINT stop.

use std::future::Future;
use std::io;
use tokio::signal::unix::{SignalKind, signal};

/// A future that ends when a stop is asked for, and runs `reload` on a blocking thread whenever a reload is.
///
/// # Errors
/// The operating system's, where a handler cannot be set.
pub(crate) fn until_stop(reload: impl Fn() + Send + Sync + 'static) -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let reload = std::sync::Arc::new(reload);
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
                _ = hang_up.recv() => {
                    let reload = reload.clone();
                    // A panic there is logged by the runtime's hook, and the rules stay as they are.
                    let _ = tokio::task::spawn_blocking(move || reload()).await;
                }
            }
        }
    })
}
