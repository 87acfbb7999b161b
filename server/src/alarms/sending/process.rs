//! Programs of receivers: no shell, nothing of our environment, few at once, killed when they take too long.
//!
//! Invariant: when a run has ended for us, its process group is gone or it ended by itself.

use std::process::{ExitStatus, Stdio};

use plumbago_alerting::{ExecDelivery, Outcome};
use plumbago_protocol::limits;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::secrets::Secrets;

/// Runs a program once it has a place.
pub(super) async fn run(delivery: &ExecDelivery, places: &Semaphore) -> Outcome {
    let Ok(_place) = places.acquire().await else {
        return Outcome::Retry { reason: "the server is being stopped".to_owned(), after_ms: None };
    };
    let mut child = match start(delivery) {
        Ok(child) => child,
        Err(reason) => return Outcome::Refused { reason },
    };
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let ended = tokio::time::timeout(delivery.timeout, converse(&mut child, &delivery.stdin)).await;
    let Ok(ended) = ended else {
        kill(group, &mut child).await;
        let reason = format!("the program was ended after {} ms", delivery.timeout.as_millis());
        return Outcome::Retry { reason, after_ms: None };
    };
    match ended {
        Ok((status, _)) if status.success() => Outcome::Sent,
        Ok((status, said)) => {
            let said = Secrets::new(Vec::new()).clean(&String::from_utf8_lossy(&said));
            let colon = if said.is_empty() { "" } else { ": " };
            Outcome::Retry { reason: format!("the program ended with {status}{colon}{said}"), after_ms: None }
        }
        Err(error) => {
            Outcome::Retry { reason: format!("the program cannot be waited for: {error}"), after_ms: None }
        }
    }
}

fn start(delivery: &ExecDelivery) -> Result<Child, String> {
    let (program, arguments) = delivery.argv.split_first().ok_or("there is no program")?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().current_dir("/").process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().map_err(|error| format!("the program cannot be started: {error}"))
}

/// Writes the message, reads what the program complains about, and waits for its end. A program need not read, and what it
/// leaves behind in the background may keep its outputs open: neither is waited for.
async fn converse(child: &mut Child, message: &[u8]) -> std::io::Result<(ExitStatus, Vec<u8>)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let mut said = Vec::new();
    let status = {
        let write = async {
            if let Some(mut stdin) = stdin {
                // A program that does not read closes its end: that is no fault.
                let _ = stdin.write_all(message).await;
            }
            std::future::pending::<()>().await;
        };
        let read = async {
            if let Some(stderr) = stderr {
                read_bounded(stderr, &mut said).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            () = write => None,
            () = read => None,
            status = child.wait() => Some(status?),
        }
    };
    match status {
        Some(status) => Ok((status, said)),
        None => Ok((child.wait().await?, said)),
    }
}

/// Reads to the end; what goes beyond the limit is thrown away.
async fn read_bounded(mut from: impl AsyncRead + Unpin, said: &mut Vec<u8>) {
    let mut buffer = [0_u8; 4096];
    while let Ok(count) = from.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        let room = limits::EXEC_OUTPUT_BYTES_MAX.saturating_sub(said.len());
        said.extend_from_slice(buffer.get(..count.min(room)).unwrap_or_default());
    }
}

async fn kill(group: Option<Pid>, child: &mut Child) {
    if let Some(group) = group {
        // It may have ended by itself just now.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.kill().await;
}
