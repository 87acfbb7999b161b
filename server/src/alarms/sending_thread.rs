//! The thread that sends, with a runtime of its own: neither queries nor stalled receivers get in each other's way.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::cpu::CpuMeter;

/// How often the thread tells how much processor time it has used.
const TELL_WAIT: Duration = Duration::from_secs(1);

/// The running thread.
pub(crate) struct SendingThread {
    handle: Handle,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl SendingThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's, where no thread or no runtime can be made.
    pub(crate) fn start(meter: &Arc<CpuMeter>) -> io::Result<SendingThread> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (handle, meter) = (runtime.handle().clone(), meter.clone());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("sending".to_owned()).spawn(move || {
            let mut cpu = meter.thread();
            runtime.block_on(async {
                let telling = async {
                    loop {
                        tokio::time::sleep(TELL_WAIT).await;
                        cpu.tell();
                    }
                };
                tokio::select! {
                    () = telling => {}
                    _ = stopped => {}
                }
            });
            // What is being sent is given up: it is sent again after the next start.
            runtime.shutdown_timeout(TELL_WAIT);
        })?;
        Ok(SendingThread { handle, stop, thread })
    }

    /// Where to send from.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Ends the thread, and whatever it is sending.
    pub(crate) fn stop(self) {
        // It may have ended by itself.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}
