//! What the operating system tells the server to do: SIGHUP reloads, SIGTERM and SIGINT stop.

use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A future that ends when a stop is asked for. Until then `reload` runs on a blocking thread whenever a reload is
/// asked for, one at a time; a stop does not wait for it.
///
/// # Errors
/// The operating system's, where a handler cannot be set.
pub(crate) fn until_stop(reload: impl Fn() + Send + Sync + 'static) -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let reloads = tokio::spawn(reload_again_and_again(signal(SignalKind::hangup())?, Arc::new(reload)));
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        reloads.abort();
    })
}

async fn reload_again_and_again(mut hang_up: Signal, reload: Arc<impl Fn() + Send + Sync + 'static>) {
    while hang_up.recv().await.is_some() {
        let reload = reload.clone();
        // A panic there is printed where it happens, and the rules stay as they are.
        let _ = tokio::task::spawn_blocking(move || reload()).await;
    }
}
