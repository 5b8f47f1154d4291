//! Every operation that is one request, so that a test can go through them all.

use s3storage::{error::Result, storage::Storage};

use crate::{
    client::{COPY, DELETE, LOOK, get, list, name, write},
    fault_server::{Answer, Script},
};

/// The object that operations are about.
pub(crate) const OBJECT: &str = "/test-bucket/x";
pub(crate) const CONTENT: &[u8] = b"0123456789";

/// A listing of one object.
pub(crate) const LISTING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult><Name>test-bucket</Name>\
<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>x</Key>\
<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>10</Size>\
<StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>";

/// The ACL of a private object.
const ACL: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AccessControlPolicy><Owner><ID>me</ID></Owner>\
<AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">\
<ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Read,
    Metadata,
    Write,
    Delete,
    List,
    Copy,
    Visibility,
}

impl Operation {
    /// The one that takes the object away comes last.
    pub(crate) const ALL: [Self; 7] =
        [Self::Read, Self::Metadata, Self::Write, Self::List, Self::Copy, Self::Visibility, Self::Delete];

    /// Those whose answers may have a body, and so a code: all but the HEAD.
    pub(crate) fn with_body() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|operation| *operation != Self::Metadata)
    }

    pub(crate) async fn run(self, storage: &Storage) -> Result<()> {
        let x = name("x");
        match self {
            Self::Read => {
                let content = get(storage, "x").await?;
                assert_eq!(content, CONTENT);
            }
            Self::Metadata => assert_eq!(storage.metadata(&x, false, &LOOK).await?.size, Some(10)),
            Self::Write => write(storage, "x", CONTENT).await?,
            Self::Delete => storage.delete(&x, &DELETE).await?,
            Self::List => assert_eq!(list(storage, "").await?, ["x"]),
            Self::Copy => {
                storage.copy(&x, &name("y"), None, &COPY).await?;
            }
            Self::Visibility => {
                storage.visibility(&x).await?;
            }
        }
        Ok(())
    }

    /// Its requests.
    pub(crate) const fn pattern(self) -> &'static str {
        match self {
            Self::Read => "GET *",
            Self::Metadata => "HEAD *",
            Self::Write | Self::Copy => "PUT *",
            Self::Delete => "DELETE *",
            Self::List => "GET *?list-type=2",
            Self::Visibility => "GET *?acl",
        }
    }

    /// An answer that is as it should be.
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::List => Answer::xml(LISTING),
            Self::Visibility => Answer::xml(ACL),
            _ => Answer::stored(),
        }
    }

    /// A script of faults, after which all is well.
    pub(crate) fn after(self, faults: impl IntoIterator<Item = Answer>) -> Script {
        good().on(self.pattern(), faults.into_iter().chain([self.answer()]))
    }

    /// A script of one answer again and again.
    pub(crate) fn always(self, answer: Answer) -> Script {
        good().on(self.pattern(), [answer])
    }
}

/// A store with the object, both for path-style requests and for those to a host of the bucket's own.
pub(crate) fn good() -> Script {
    Script::new().object(OBJECT, CONTENT, &[]).object("/x", CONTENT, &[])
}

/// A script under which every operation succeeds.
pub(crate) fn all_good() -> Script {
    [Operation::List, Operation::Visibility]
        .into_iter()
        .fold(good(), |script, operation| script.on(operation.pattern(), [operation.answer()]))
}
