//! What a download has received so far, in a file beside it: which object in the first line, a range in each other.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use serde::{Deserialize, Serialize};

/// No journal is longer: a range for every 5 MiB of the largest object, 50 TiB.
const MOST: u64 = 256 * 1024 * 1024;

/// An object, cut into ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version_id: Option<String>,
    pub(super) etag: String,
    pub(super) size: u64,
    pub(super) part_size: u64,
}

impl Plan {
    /// How many ranges there are.
    pub(super) fn count(&self) -> u64 {
        self.size.div_ceil(self.part_size)
    }

    /// The first byte of a range and its length, counted from 0.
    pub(super) fn range(&self, index: u64) -> (u64, u64) {
        let offset = index * self.part_size;
        (offset, self.part_size.min(self.size - offset))
    }

    /// Whether it is of this object, whichever content that has.
    pub(super) fn is_of(&self, bucket: &str, key: &str) -> bool {
        self.bucket == bucket && self.key == key
    }

    fn is_sound(&self) -> bool {
        self.part_size > 0 && self.size <= i64::MAX.unsigned_abs()
    }
}

/// The journal of a download.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Option<File>,
    has_ranges: AtomicBool,
}

impl Journal {
    /// The journal of the file at a path; nothing is read or written yet.
    pub(super) fn beside(part: &Path) -> Self {
        let mut path = part.as_os_str().to_owned();
        path.push(".journal");
        Self { path: path.into(), file: None, has_ranges: AtomicBool::new(false) }
    }

    /// What it says; `None` where there is none, or none that can be trusted.
    pub(super) fn read(&self) -> Option<(Plan, Vec<u64>)> {
        let file =
            OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(&self.path).ok()?;
        let mut text = String::new();
        file.take(MOST).read_to_string(&mut text).ok()?;
        parse(&text)
    }

    /// Begins anew.
    pub(super) fn begin(&mut self, plan: &Plan) -> io::Result<()> {
        self.remove();
        let mut file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&self.path)?;
        file.write_all(format!("{}\n", serde_json::to_string(plan)?).as_bytes())?;
        self.file = Some(file);
        *self.has_ranges.get_mut() = false;
        Ok(())
    }

    /// Goes on where an earlier one ended.
    pub(super) fn go_on(&mut self) -> io::Result<()> {
        let options = OpenOptions::new().append(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).to_owned();
        let mut file = options.open(&self.path)?;
        // A line that was cut ends here.
        file.write_all(b"\n")?;
        self.file = Some(file);
        *self.has_ranges.get_mut() = true;
        Ok(())
    }

    /// Notes a range that is there.
    pub(super) fn note(&self, range: u64) -> io::Result<()> {
        if let Some(mut file) = self.file.as_ref() {
            file.write_all(format!("{range} done\n").as_bytes())?;
            self.has_ranges.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Says whether what is there is worth keeping.
    pub(super) fn keep(&self, worth: bool) {
        self.has_ranges.store(worth, Ordering::Relaxed);
    }

    /// Whether there is something worth keeping.
    pub(super) fn has_ranges(&self) -> bool {
        self.has_ranges.load(Ordering::Relaxed)
    }

    /// Takes it away.
    pub(super) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A line that was cut counts for nothing; any other that is not understood makes the whole worthless.
pub(super) fn parse(text: &str) -> Option<(Plan, Vec<u64>)> {
    let (first, rest) = text.split_once('\n')?;
    let plan: Plan = serde_json::from_str(first).ok().filter(Plan::is_sound)?;
    let mut done = Vec::new();
    for line in rest.split('\n') {
        let Some(number) = line.strip_suffix(" done") else {
            let behind = line.trim_start_matches(|c: char| c.is_ascii_digit());
            if " done".starts_with(behind) {
                continue;
            }
            return None;
        };
        let range: u64 = number.parse().ok()?;
        if range >= plan.count() {
            return None;
        }
        done.push(range);
    }
    done.sort_unstable();
    done.dedup();
    Some((plan, done))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let text = |text: &str| text.to_owned();
        Plan { bucket: text("b"), key: text("k"), version_id: None, etag: text("\"e\""), size: 25, part_size: 10 }
    }

    #[test]
    fn ranges_cover_the_object() {
        assert_eq!((0..plan().count()).map(|i| plan().range(i)).collect::<Vec<_>>(), [(0, 10), (10, 10), (20, 5)]);
        assert_eq!(Plan { size: 0, ..plan() }.count(), 0);
    }

    #[test]
    fn what_is_noted_is_read_again_and_a_cut_line_is_not() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut journal = Journal::beside(&folder.path().join("part"));
        assert_eq!(journal.read(), None);
        journal.begin(&plan()).unwrap();
        assert!(!journal.has_ranges());
        journal.note(2).unwrap();
        journal.note(0).unwrap();
        assert_eq!(journal.read(), Some((plan(), vec![0, 2])));
        let text = fs::read_to_string(&journal.path).unwrap();
        assert_eq!(parse(&text[..text.len() - 1]).unwrap().1, [0, 2]);
        assert_eq!(parse(&text[..text.len() - 3]).unwrap().1, [2]);
        journal.go_on().unwrap();
        journal.note(1).unwrap();
        assert_eq!(journal.read().unwrap().1, [0, 1, 2]);
    }

    #[test]
    fn only_what_begins_as_a_line_of_ours_is_one_that_was_cut() {
        let head = serde_json::to_string(&plan()).unwrap();
        for cut in ["", "2", "2 ", "2 do", "2 done"] {
            assert!(parse(&format!("{head}\n0 done\n{cut}")).is_some(), "{cut:?}");
        }
        for foreign in ["2 done0", "done", "0 0", "2 ddd", "e"] {
            assert_eq!(parse(&format!("{head}\n0 done\n{foreign}\n")), None, "{foreign:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_trusted() {
        let head = serde_json::to_string(&plan()).unwrap();
        for text in
            ["", "{}\n", "x\n0 done\n", &head, &format!("{head}\n3 done\n"), &format!("{head}\n\0\0\0\n0 done\n")]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
        let empty = serde_json::to_string(&Plan { part_size: 0, ..plan() }).unwrap();
        assert_eq!(parse(&format!("{empty}\n0 done\n")), None);
    }
}
