//! Owns the reading of Linux's `/proc/diskstats`: what each block device has read and written.
//!
//! Invariant: only whole devices that have done something are kept. Partitions, loop and memory devices would
//! count the same work twice.

/// The kernel counts in sectors of 512 bytes, whatever the device's own sectors are.
const SECTOR_BYTES: u64 = 512;

/// Counters of one block device since the machine started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceCounters {
    /// The kernel's name of the device, as `nvme0n1`.
    pub(crate) name: String,
    /// Reads that were completed.
    pub(crate) reads: u64,
    /// Bytes read.
    pub(crate) read_bytes: u64,
    /// Writes that were completed.
    pub(crate) writes: u64,
    /// Bytes written.
    pub(crate) write_bytes: u64,
    /// Time during which the device had work, in milliseconds.
    pub(crate) busy_milliseconds: u64,
}

/// Reads the text of `/proc/diskstats`, keeping the devices for which `is_whole_device` holds.
pub(crate) fn parse(text: &str, is_whole_device: impl Fn(&str) -> bool) -> Vec<DeviceCounters> {
    text.lines()
        .filter_map(parse_line)
        .filter(|device| device.reads > 0 || device.writes > 0)
        .filter(|device| !is_virtual(&device.name) && is_whole_device(&device.name))
        .collect()
}

fn is_virtual(name: &str) -> bool {
    ["loop", "ram", "zram"].iter().any(|prefix| name.starts_with(prefix))
}

fn parse_line(line: &str) -> Option<DeviceCounters> {
    // major minor name reads merged sectors ms writes merged sectors ms in-flight busy-ms …
    let mut fields = line.split_ascii_whitespace().skip(2);
    let name = fields.next()?.to_owned();
    let mut counters = [0u64; 10];
    for counter in &mut counters {
        *counter = fields.next()?.parse().ok()?;
    }
    Some(DeviceCounters {
        name,
        reads: counters[0],
        read_bytes: counters[2].saturating_mul(SECTOR_BYTES),
        writes: counters[4],
        write_bytes: counters[6].saturating_mul(SECTOR_BYTES),
        busy_milliseconds: counters[9],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
   7       0 loop0 12 0 9 0 0 0 0 0 0 0 0
 254       0 vda 49552 23711 4354434 58564 13415 28107 7793368 41933 0 36940 101866 7229 47 603976 1298 1047 70
 254       1 vda1 40000 23711 4354434 58564 13415 28107 7793368 41933 0 36940 101866
   8       0 sda 0 0 0 0 0 0 0 0 0 0 0
 253       0 zram0 5 0 5 0 0 0 0 0 0 0 0
";

    #[test]
    fn whole_devices_that_worked_are_kept() {
        let devices = parse(TEXT, |name| name != "vda1");
        assert_eq!(
            devices,
            [DeviceCounters {
                name: "vda".into(),
                reads: 49552,
                read_bytes: 4_354_434 * 512,
                writes: 13415,
                write_bytes: 7_793_368 * 512,
                busy_milliseconds: 36940,
            }]
        );
    }

    #[test]
    fn short_and_damaged_lines_are_left_out() {
        let text = "8 0 sda 1 2 3\n8 16 sdb 1 2 3 4 5 6 7 8 9 x 11\n\n8 32 sdc 1 2 3 4 5 6 7 8 9 10\n";
        let names: Vec<String> = parse(text, |_| true).into_iter().map(|device| device.name).collect();
        assert_eq!(names, ["sdc"]);
    }
}
