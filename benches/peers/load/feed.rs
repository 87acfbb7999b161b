//! `feed`: makes points and sends them, all series of a step before those of the next.
//!
//! Invariant: a connection is half-closed after its last point, and counts as acknowledged when the server closes its
//! side in return. A connection that breaks is no error but a fact of the report: the server may have been killed.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use plumbago_benches::{Pickle, push_line, shuffle};
use serde::Serialize;

use crate::arguments::{FeedArguments, Order, Part, Wire};
use crate::pace::Pace;
use crate::population::{Population, divided};

/// What is handed to the kernel at once.
const BLOCK_BYTES: usize = 128 << 10;
/// A slow sender still sends often.
const BLOCKS_PER_SEC_MIN: u32 = 50;
/// Points a frame of carbon-relay holds at most unless configured otherwise.
const FRAME_POINTS: usize = 500;
/// How long a server may take to read what is in its socket and to close.
const CLOSE_SECS_MAX: u64 = 600;

/// What became of the points.
#[derive(Serialize)]
pub(crate) struct Report {
    /// Points wholly handed to the kernel.
    points: u64,
    /// Bytes of them.
    bytes: u64,
    /// From the first byte to the last server's close.
    seconds: f64,
    /// Whether every connection was closed in order.
    acknowledged: bool,
    /// The longest that a paced sender was behind.
    late_seconds_max: f64,
}

/// Sends the part that `arguments` name, one thread a connection. Fails when a connection cannot be opened.
pub(crate) fn feed(arguments: &FeedArguments) -> io::Result<Report> {
    let part = &arguments.part;
    let ranges = divided(part.first_series..part.first_series + part.series, arguments.connections.into());
    let mut senders = Vec::new();
    for range in ranges {
        let stream = TcpStream::connect(&arguments.to)?;
        stream.set_read_timeout(Some(Duration::from_secs(CLOSE_SECS_MAX)))?;
        senders.push(Sender::new(arguments, range, stream));
    }
    let started = Instant::now();
    let ended: Vec<Sender> = thread::scope(|scope| {
        let threads: Vec<_> =
            senders.into_iter().map(|sender| scope.spawn(|| sender.run(arguments))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a sender does not panic")).collect()
    });
    Ok(Report {
        points: ended.iter().map(|sender| sender.sent_points).sum(),
        bytes: ended.iter().map(|sender| sender.sent_bytes).sum(),
        seconds: started.elapsed().as_secs_f64(),
        acknowledged: ended.iter().all(|sender| sender.acknowledged),
        late_seconds_max: ended.iter().map(|sender| sender.pace.late_max_secs()).fold(0.0, f64::max),
    })
}

/// One connection.
struct Sender {
    population: Population,
    stream: TcpStream,
    pace: Pace,
    buffer: Vec<u8>,
    /// Points in the buffer.
    waiting_points: u64,
    block_points_max: u64,
    sent_points: u64,
    sent_bytes: u64,
    acknowledged: bool,
}

impl Sender {
    fn new(arguments: &FeedArguments, range: Range<usize>, stream: TcpStream) -> Self {
        let part = &arguments.part;
        let rate = f64::from(arguments.rate) * range.len() as f64 / part.series.max(1) as f64;
        let first_time = part.time_of(part.first_step);
        let blocks = BLOCKS_PER_SEC_MIN * u32::from(arguments.connections);
        Self {
            population: Population::new(range, part.names, part.first_step),
            stream,
            pace: if arguments.in_time { Pace::since(first_time, rate) } else { Pace::new(rate) },
            buffer: Vec::with_capacity(2 * BLOCK_BYTES),
            waiting_points: 0,
            block_points_max: if rate == 0.0 { u64::MAX } else { u64::from(arguments.rate / blocks + 1) },
            sent_points: 0,
            sent_bytes: 0,
            acknowledged: false,
        }
    }

    fn run(mut self, arguments: &FeedArguments) -> Self {
        if !arguments.in_time {
            self.pace = Pace::new(self.pace.points_per_sec());
        }
        self.acknowledged = self.send_all(arguments).and_then(|()| self.finish()).is_ok();
        self
    }

    fn send_all(&mut self, arguments: &FeedArguments) -> io::Result<()> {
        let mut positions: Vec<usize> = (0..self.population.len()).collect();
        for step in arguments.part.step_range() {
            if arguments.order == Order::Random {
                shuffle(&mut positions, step as u64);
            }
            match arguments.wire {
                Wire::Plaintext => self.send_lines(&arguments.part, step, &positions)?,
                Wire::Pickle => self.send_frames(&arguments.part, step, &positions)?,
            }
        }
        self.send_block()
    }

    fn send_lines(&mut self, part: &Part, step: usize, positions: &[usize]) -> io::Result<()> {
        let time = part.time_of(step);
        for position in positions {
            let (name, value) = self.population.next_point(*position);
            push_line(&mut self.buffer, name, value, time);
            self.waiting_points += 1;
            self.send_full_block()?;
        }
        Ok(())
    }

    fn send_frames(&mut self, part: &Part, step: usize, positions: &[usize]) -> io::Result<()> {
        let time = part.time_of(step);
        for frame in positions.chunks(FRAME_POINTS) {
            let mut pickle = Pickle::default();
            for position in frame {
                let (name, value) = self.population.next_point(*position);
                pickle.push_point(name, time, value);
            }
            pickle.finish_frame(&mut self.buffer);
            self.waiting_points += frame.len() as u64;
            self.send_full_block()?;
        }
        Ok(())
    }

    fn send_full_block(&mut self) -> io::Result<()> {
        if self.buffer.len() < BLOCK_BYTES && self.waiting_points < self.block_points_max {
            return Ok(());
        }
        self.send_block()
    }

    fn send_block(&mut self) -> io::Result<()> {
        self.pace.wait(self.sent_points);
        self.stream.write_all(&self.buffer)?;
        self.sent_points += self.waiting_points;
        self.sent_bytes += self.buffer.len() as u64;
        self.buffer.clear();
        self.waiting_points = 0;
        Ok(())
    }

    /// Half-closes, and waits until the server closes.
    fn finish(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)?;
        while self.stream.read(&mut [0; 64])? > 0 {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use clap::Parser;
    use plumbago_protocol::{Lines, line};

    use super::*;
    use crate::arguments::{Arguments, Command};

    /// What arrives at a server that reads everything and closes.
    fn fed(options: &[&str], connections: usize) -> (Report, Vec<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = listener.local_addr().unwrap().to_string();
        let part = ["--series", "120", "--steps", "3", "--first-step", "2", "--start", "1710460800"];
        let line =
            ["plumbago-load", "feed", "--to", &to].into_iter().chain(part).chain(options.iter().copied());
        let Command::Feed(arguments) = Arguments::parse_from(line).command else { panic!("not feed") };
        let server = thread::spawn(move || {
            let streams: Vec<_> = (0..connections).map(|_| listener.accept().unwrap().0).collect();
            let read = |mut stream: TcpStream| {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                bytes
            };
            streams.into_iter().map(read).collect()
        });
        let report = feed(&arguments).unwrap();
        (report, server.join().unwrap())
    }

    fn points(bytes: &[u8]) -> Vec<(String, i64, u64)> {
        let point = |text: &[u8]| {
            let point = line::parse(text, 0).unwrap();
            (point.name.into_owned(), point.timestamp, point.value.to_bits())
        };
        Lines::new(bytes).map(point).collect()
    }

    #[test]
    fn connections_orders_and_rates_carry_the_same_points() {
        let (report, received) = fed(&[], 1);
        let mut expected = points(&received[0]);
        assert!(report.acknowledged);
        assert_eq!((report.points, report.bytes), (360, received[0].len() as u64));
        assert_eq!(expected[120].1, 1_710_460_830);
        expected.sort_unstable();
        for options in [["--connections", "2"], ["--order", "random"], ["--rate", "100000"]] {
            let connections = if options[0] == "--connections" { 2 } else { 1 };
            let (report, received) = fed(&options, connections);
            assert_eq!(report.points, 360);
            let mut there: Vec<_> = received.iter().flat_map(|bytes| points(bytes)).collect();
            there.sort_unstable();
            assert_eq!(there, expected, "{options:?}");
        }
    }

    #[test]
    fn random_order_differs_from_step_to_step() {
        let (_, received) = fed(&["--order", "random"], 1);
        let names: Vec<String> = points(&received[0]).into_iter().map(|(name, ..)| name).collect();
        assert_ne!(names[..120], names[120..240]);
    }
}
