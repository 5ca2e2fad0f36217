use std::io::{self, Write};

/// Counts bytes and discards them, to find out how much a table would take on disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByteCounter(u64);

impl ByteCounter {
    /// Bytes so far.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_over_all_writes() {
        let mut counter = ByteCounter::default();
        counter.write_all(&[7; 1_000]).unwrap();
        counter.write_all(&[]).unwrap();
        counter.write_all(&[7; 24]).unwrap();
        counter.flush().unwrap();
        assert_eq!(counter.bytes(), 1_024);
    }
}
