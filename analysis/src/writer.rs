//! One writer for all runs.
//!
//! Runs produce bytes on many threads; one thread writes them to disk. A bounded channel connects them, so that runs
//! wait for the disk rather than fill memory. When writing fails, every run can see it at once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Write};

use crate::folder::{FolderError, PartialFile, ResultsFolder};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::mpsc::{Receiver, SyncSender, sync_channel};
use crate::sync::{Arc, thread};

/// Most messages that may wait for the disk, and most complete files.
const WAITING: usize = 64;

/// Bytes of a message.
const PIECE: usize = 1 << 18;

/// A message to the writer.
enum Message {
    /// More of a file; the first message about a file begins it.
    Bytes { file: u64, name: Arc<str>, bytes: Vec<u8> },
    /// A file is complete.
    Close { file: u64, name: Arc<str> },
}

/// The runs' end of the channel.
#[derive(Clone)]
pub struct Outbox {
    sender: SyncSender<Message>,
    files: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
}

/// Writes what comes from the outboxes.
pub struct Writer {
    folder: Arc<ResultsFolder>,
    receiver: Receiver<Message>,
    stopped: Arc<AtomicBool>,
    /// Most complete files that may wait to be committed.
    room: usize,
}

/// A file being sent to the writer.
pub struct OutFile {
    outbox: Outbox,
    file: u64,
    name: Arc<str>,
    bytes: Vec<u8>,
}

/// A writer into `folder`, and the outbox that leads to it.
pub fn writer(folder: Arc<ResultsFolder>) -> (Outbox, Writer) {
    with_room(folder, WAITING)
}

/// The same, with room for as many messages and as many complete files to wait.
fn with_room(folder: Arc<ResultsFolder>, room: usize) -> (Outbox, Writer) {
    let (sender, receiver) = sync_channel(room);
    let stopped: Arc<AtomicBool> = Arc::default();
    (Outbox { sender, files: Arc::default(), stopped: stopped.clone() }, Writer { folder, receiver, stopped, room })
}

impl Writer {
    /// Writes until every outbox is gone.
    ///
    /// # Errors
    /// If the file system fails; what is sent afterwards is refused, too.
    pub fn run(self) -> Result<(), FolderError> {
        let (complete, to_commit) = sync_channel::<PartialFile>(self.room);
        let stopped = self.stopped.clone();
        let stop = move |_: &FolderError| stopped.store(true, Ordering::Relaxed);
        // Waiting for the disk to confirm one file must not keep the next from being written. Files are committed in the
        // order in which they were closed: if a run's last file is there, so are its others.
        let failed = stop.clone();
        let committing =
            thread::spawn(move || to_commit.into_iter().try_for_each(PartialFile::commit).inspect_err(failed));
        let written = self.write(&complete).inspect_err(stop);
        drop(complete);
        // A panic there is a bug and is passed on as one.
        let committed = committing.join().unwrap_or_else(|e| std::panic::resume_unwind(e));
        committed.and(written)
    }

    /// Writes what comes; complete files are passed on to be committed.
    fn write(self, complete: &SyncSender<PartialFile>) -> Result<(), FolderError> {
        let mut open: BTreeMap<u64, PartialFile> = BTreeMap::new();
        for message in &self.receiver {
            let closed = match message {
                Message::Bytes { file, name, bytes } => {
                    let to = match open.entry(file) {
                        Entry::Occupied(entry) => entry.into_mut(),
                        Entry::Vacant(entry) => entry.insert(self.folder.begin(&name)?),
                    };
                    to.write_all(&bytes).map_err(|e| to.error(e))?;
                    None
                }
                Message::Close { file, name } => Some(match open.remove(&file) {
                    Some(file) => file,
                    None => self.folder.begin(&name)?,
                }),
            };
            if let Some(file) = closed
                && complete.send(file).is_err()
            {
                // Committing has failed, and reports why.
                break;
            }
        }
        Ok(())
    }
}

impl Outbox {
    /// Begins a file, named by its path inside the folder; it appears once it is closed and committed.
    pub fn file(&self, name: &str) -> OutFile {
        let file = self.files.fetch_add(1, Ordering::Relaxed);
        OutFile { outbox: self.clone(), file, name: name.into(), bytes: Vec::new() }
    }

    /// Tells all runs that no more files are wanted.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Checks whether more is wanted. This is cheap, so a run can check before it computes more.
    ///
    /// # Errors
    /// If the writer has failed or was stopped.
    #[inline]
    pub fn check(&self) -> io::Result<()> {
        if self.stopped.load(Ordering::Relaxed) { Err(stopped()) } else { Ok(()) }
    }

    fn send(&self, message: Message) -> io::Result<()> {
        self.check()?;
        self.sender.send(message).map_err(|_| stopped())
    }
}

#[cold]
fn stopped() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the writer has stopped")
}

impl OutFile {
    /// Ends the file.
    ///
    /// # Errors
    /// If the writer has stopped.
    pub fn close(mut self) -> io::Result<()> {
        self.hand_in()?;
        self.outbox.send(Message::Close { file: self.file, name: self.name })
    }

    fn hand_in(&mut self) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.bytes);
        self.outbox.send(Message::Bytes { file: self.file, name: self.name.clone(), bytes })
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= PIECE {
            self.hand_in()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_in()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "interleavings")]
    mod interleavings;

    use super::*;
    use crate::{Contents, Start};

    fn folder(home: &tempfile::TempDir) -> Arc<ResultsFolder> {
        let contents = Contents::default();
        Arc::new(ResultsFolder::open(&home.path().join("run"), contents, Start::default()).unwrap())
    }

    #[test]
    fn files_from_many_threads_arrive_whole() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let (outbox, writer) = writer(folder.clone());
        thread::scope(|scope| {
            let writing = scope.spawn(|| writer.run());
            for number in 0..4u8 {
                let mut file = outbox.file(&format!("part/{number}.bin"));
                scope.spawn(move || {
                    (0..1000).for_each(|_| file.write_all(&[number; 999]).unwrap());
                    file.close().unwrap();
                });
            }
            outbox.file("empty.bin").close().unwrap();
            drop(outbox);
            writing.join().unwrap().unwrap();
        });
        for number in 0..4u8 {
            let bytes = std::fs::read(folder.partial().join(format!("part/{number}.bin"))).unwrap();
            assert!(bytes.len() == 999_000 && bytes.iter().all(|byte| *byte == number));
        }
        assert!(folder.partial().join("empty.bin").exists());
    }

    #[test]
    fn a_writer_that_failed_refuses_the_rest() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let (outbox, writer) = writer(folder.clone());
        folder.write("taken", |to| to.write_all(b"")).unwrap();
        // No folder of that name can be created.
        outbox.file("taken/below").close().unwrap();
        outbox.check().unwrap();
        let failed = writer.run();
        assert!(matches!(failed, Err(FolderError::Io { .. })), "{failed:?}");
        assert!(outbox.check().is_err(), "a run that has sent nothing yet can see it, too");
        assert!(outbox.file("other").close().is_err());
    }

    /// What was handed in before is written; what comes after is refused.
    #[test]
    fn a_writer_that_was_stopped_takes_no_more() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let (outbox, writer) = writer(folder.clone());
        outbox.file("before").close().unwrap();
        outbox.check().unwrap();
        let run = outbox.clone();
        outbox.stop();
        assert!(run.check().is_err() && run.file("after").close().is_err());
        drop((outbox, run));
        writer.run().unwrap();
        assert!(folder.partial().join("before").exists() && !folder.partial().join("after").exists());
    }
}
