//! Who may do what with an object, in the words of its ACL.

/// The grants of an ACL, each as the header of its permission has it; grantees are separated by commas.
/// Source: Amazon S3 API reference, CopyObject, `x-amz-grant-full-control` and its neighbours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// `FULL_CONTROL`.
    pub full_control: Option<String>,
    /// `READ`.
    pub read: Option<String>,
    /// `READ_ACP`.
    pub read_acp: Option<String>,
    /// `WRITE_ACP`.
    pub write_acp: Option<String>,
}
