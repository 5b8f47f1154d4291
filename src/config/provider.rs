//! Provider profiles: how S3-compatible servers differ, in one place.

/// A family of servers with the same peculiarities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Amazon S3.
    Aws,
    /// `MinIO`.
    Minio,
    /// Cloudflare R2.
    R2,
    /// Backblaze B2.
    B2,
    /// `DigitalOcean` Spaces.
    Spaces,
    /// Ceph's RADOS gateway.
    Ceph,
    /// Garage.
    Garage,
    /// Any other server: nothing is assumed.
    Generic,
}

impl Provider {
    /// Every profile with its name in configuration.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("aws", Self::Aws),
        ("minio", Self::Minio),
        ("r2", Self::R2),
        ("b2", Self::B2),
        ("spaces", Self::Spaces),
        ("ceph", Self::Ceph),
        ("garage", Self::Garage),
        ("generic", Self::Generic),
    ];

    /// Its name in configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// The profile of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, provider)| *provider)
    }

    /// The profile that an endpoint's host tells; `Generic` for a host that nobody owns.
    #[must_use]
    pub fn of_host(host: &str) -> Self {
        let within = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
        if within("r2.cloudflarestorage.com") {
            Self::R2
        } else if within("backblazeb2.com") {
            Self::B2
        } else if within("digitaloceanspaces.com") {
            Self::Spaces
        } else if within("amazonaws.com") || within("amazonaws.com.cn") {
            Self::Aws
        } else {
            Self::Generic
        }
    }

    /// The region to sign for when an endpoint is given and no region is.
    #[must_use]
    pub const fn default_region(self) -> &'static str {
        match self {
            Self::R2 => "auto",
            _ => "us-east-1",
        }
    }

    /// Whether a bucket's default visibility can be sent as a canned ACL with each write.
    #[must_use]
    pub const fn sends_default_acl(self) -> bool {
        matches!(self, Self::Aws | Self::Spaces | Self::Ceph)
    }

    /// Whether conditions of writes, tags, storage classes, object locks and ids of versions are taken and ignored (Garage 2.5): a write
    /// under a condition replaces what is there, and a delete of a version deletes the object.
    #[must_use]
    pub const fn ignores_extras(self) -> bool {
        matches!(self, Self::Garage)
    }

    /// Whether conditions of writes may be ignored, so that the server has to show that it honours them.
    #[must_use]
    pub const fn conditions_need_proof(self) -> bool {
        matches!(self, Self::Generic | Self::B2)
    }

    /// Whether the id of a version may be ignored, so that a version is looked at before it is deleted.
    #[must_use]
    pub const fn versions_need_proof(self) -> bool {
        matches!(self, Self::Generic | Self::R2)
    }

    /// Whether the profile is known to have no object ACLs: R2 answers 501 to them, B2 knows them per bucket only,
    /// `MinIO` and Garage leave access to bucket policies.
    #[must_use]
    pub const fn lacks_acl(self) -> bool {
        matches!(self, Self::Minio | Self::R2 | Self::B2 | Self::Garage)
    }

    /// Whether a public ACL that was accepted may still have been ignored, so that it has to be read back.
    #[must_use]
    pub const fn acl_needs_proof(self) -> bool {
        matches!(self, Self::Generic)
    }

    /// Whether a delete with `If-Match` is known to be honoured. `MinIO` (release of February 2026) deletes and ignores it.
    #[must_use]
    pub const fn deletes_conditionally(self) -> bool {
        matches!(self, Self::Aws)
    }

    /// Whether an upload in parts is completed under its condition. Ceph (18.2) completes it and ignores the condition.
    #[must_use]
    pub const fn completes_conditionally(self) -> bool {
        !self.is_ceph()
    }

    /// Whether tags get lost where an upload in parts brings them, and where a copy has new metadata (Ceph 18.2).
    #[must_use]
    pub const fn drops_tags(self) -> bool {
        self.is_ceph()
    }

    /// Whether the `If-Match` of a write is compared with an ETag without its quotes (Ceph 18.2).
    #[must_use]
    pub const fn matches_bare_etags(self) -> bool {
        self.is_ceph()
    }

    /// `DigitalOcean` Spaces runs Ceph's gateway.
    const fn is_ceph(self) -> bool {
        matches!(self, Self::Ceph | Self::Spaces)
    }

    /// Whether an object lock that was accepted may have been ignored, so that it has to be looked for.
    #[must_use]
    pub const fn lock_needs_proof(self) -> bool {
        matches!(self, Self::Generic | Self::R2)
    }

    /// Whether uploads under way are listed by a whole key only, and nothing is listed for the start of one (`MinIO`).
    #[must_use]
    pub const fn lists_uploads_by_key(self) -> bool {
        matches!(self, Self::Minio)
    }

    /// Whether requests of the control plane carry the SDK's default checksums: these broke older `MinIO`, R2 and B2.
    #[must_use]
    pub const fn default_checksums(self) -> bool {
        matches!(self, Self::Aws)
    }

    /// Whether uploads carry a checksum (CRC64NVME) that is kept with the object, and reads ask for it. B2 refuses headers that it
    /// does not know, others ignore them. The digest that is part of the signature protects uploads everywhere else.
    #[must_use]
    pub const fn keeps_checksums(self) -> bool {
        matches!(self, Self::Aws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_tell_their_profile_and_lookalikes_do_not() {
        for (host, provider) in [
            ("abc.r2.cloudflarestorage.com", Provider::R2),
            ("s3.us-west-002.backblazeb2.com", Provider::B2),
            ("nyc3.digitaloceanspaces.com", Provider::Spaces),
            ("s3.eu-west-1.amazonaws.com", Provider::Aws),
            ("evilbackblazeb2.com", Provider::Generic),
            ("backblazeb2.com.evil.example", Provider::Generic),
            ("127.0.0.1", Provider::Generic),
        ] {
            assert_eq!(Provider::of_host(host), provider, "{host}");
        }
    }
}
