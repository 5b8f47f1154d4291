//! As much of HTTP/1.1 as S3 clients need: heads, and bodies that are counted and dropped.

use std::io::{self, Read, Write};

/// What a connection is read into: as much at a time as a fast client sends.
const BUFFER: usize = 256 << 10;

/// A connection and what was read ahead of it.
pub(crate) struct Connection<S> {
    stream: S,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

/// The head of a request or an answer: its first line, and its fields.
pub(crate) struct Head {
    text: String,
}

impl Head {
    /// The words of the first line.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.text.lines().next().unwrap_or_default().split(' ')
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.text.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.field("content-length")?.parse().ok()
    }
}

impl<S: Read + Write> Connection<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, buffer: vec![0; BUFFER].into(), start: 0, end: 0 }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    pub(crate) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The next head; `None` when the other side has closed.
    pub(crate) fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            let read = &self.buffer[self.start..self.end];
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                let text = String::from_utf8_lossy(&read[..at]).into_owned();
                self.start += at + 4;
                return Ok(Some(Head { text }));
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Drops the body that `head` announces, and counts it.
    pub(crate) fn skip_body(&mut self, head: &Head) -> io::Result<u64> {
        if let Some(length) = head.length() {
            return self.skip(length).map(|()| length);
        }
        if head.field("transfer-encoding").is_none() {
            return Ok(0);
        }
        let mut total = 0;
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(io::Error::other)?;
            self.skip(size + 2)?;
            total += size;
            if size == 0 {
                return Ok(total);
            }
        }
    }

    /// Writes the body that `head` announces with its length into `to`.
    pub(crate) fn body_into(&mut self, head: &Head, to: &mut impl Write) -> io::Result<()> {
        let mut left = usize::try_from(head.length().unwrap_or(0)).map_err(io::Error::other)?;
        while left > 0 {
            if self.start == self.end && !self.more()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let there = (self.end - self.start).min(left);
            to.write_all(&self.buffer[self.start..self.start + there])?;
            self.start += there;
            left -= there;
        }
        Ok(())
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            let read = &self.buffer[self.start..self.end];
            if let Some(at) = read.windows(2).position(|two| two == b"\r\n") {
                let line = String::from_utf8_lossy(&read[..at]).into_owned();
                self.start += at + 2;
                return Ok(line);
            }
            if !self.more()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn skip(&mut self, mut length: u64) -> io::Result<()> {
        while length > 0 {
            if self.start == self.end && !self.more()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let there = (self.end - self.start).min(usize::try_from(length).unwrap_or(usize::MAX));
            self.start += there;
            length -= there as u64;
        }
        Ok(())
    }

    /// Reads on; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            return Err(io::Error::other("a head of over 256 KiB"));
        }
        let read = self.stream.read(&mut self.buffer[self.end..])?;
        self.end += read;
        Ok(read > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Text(io::Cursor<&'static [u8]>);

    impl Read for Text {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0.read(into)
        }
    }

    impl Write for Text {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn bodies_are_skipped_whether_counted_or_chunked() {
        let text =
            b"PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
            2\r\nxy\r\n1;x=1\r\nz\r\n0\r\n\r\nGET /c HTTP/1.1\r\n\r\n";
        let mut connection = Connection::new(Text(io::Cursor::new(text)));
        let mut seen = Vec::new();
        while let Some(head) = connection.head().unwrap() {
            let target = head.words().nth(1).unwrap().to_owned();
            seen.push((target, connection.skip_body(&head).unwrap()));
        }
        assert_eq!(seen, [("/a".to_owned(), 3), ("/b".to_owned(), 3), ("/c".to_owned(), 0)]);
    }
}
