//! Where a bucket is: the SDK's own rules for endpoints, asked once for each bucket, and the regions that AWS has told.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_types::Document;
use http::{HeaderValue, Uri};

use super::dial::Origin;
use crate::{
    config::ServerConfig,
    error::{Error, ErrorCode, Result},
};

/// How many buckets are remembered; a process that sees more (one for each customer, say) begins anew.
const MOST_BUCKETS: usize = 1000;

/// The address of a bucket.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::backend::s3) struct Place {
    /// Where to connect.
    pub(in crate::backend::s3) origin: Arc<Origin>,
    /// The `Host` header.
    pub(in crate::backend::s3) host: HeaderValue,
    /// Scheme and authority, without a final slash.
    pub(in crate::backend::s3) base: String,
    /// What stands in front of `/` and the key: empty, or a path such as `/bucket`.
    pub(in crate::backend::s3) path: String,
    /// The region to sign for.
    pub(in crate::backend::s3) region: String,
}

/// The addresses of the buckets of one server.
#[derive(Debug)]
pub(in crate::backend::s3) struct Endpoints {
    resolver: DefaultResolver,
    region: String,
    endpoint: Option<String>,
    public_endpoint: Option<String>,
    path_style: bool,
    known: Mutex<HashMap<String, Arc<Known>>>,
    lessons: AtomicU64,
}

#[derive(Debug)]
struct Known {
    own: Arc<Place>,
    public: Arc<Place>,
}

impl Endpoints {
    pub(in crate::backend::s3) fn new(server: &ServerConfig, region: String) -> Self {
        Self {
            resolver: DefaultResolver::new(),
            region,
            endpoint: server.endpoint.clone(),
            public_endpoint: server.public_endpoint.clone(),
            path_style: server.path_style,
            known: Mutex::default(),
            lessons: AtomicU64::new(0),
        }
    }

    /// Where requests for a bucket go.
    ///
    /// # Errors
    /// INVALID_CONFIG when the rules know no endpoint for the bucket.
    pub(in crate::backend::s3) async fn place(&self, bucket: &str) -> Result<Arc<Place>> {
        Ok(Arc::clone(&self.known(bucket).await?.own))
    }

    /// Where URLs for others point.
    ///
    /// # Errors
    /// As for [`Self::place`].
    pub(in crate::backend::s3) async fn public_place(&self, bucket: &str) -> Result<Arc<Place>> {
        Ok(Arc::clone(&self.known(bucket).await?.public))
    }

    /// The region of a bucket that was told to be in another than the configured one.
    pub(in crate::backend::s3) fn learnt_region(&self, bucket: &str) -> Option<String> {
        self.lock().get(bucket).map(|known| known.own.region.clone()).filter(|region| *region != self.region)
    }

    /// Takes AWS at its word that a bucket is in another region. False where that is not AWS, or no news: then nothing
    /// would be different the next time. The host is always made by the rules, never taken from an answer.
    pub(in crate::backend::s3) async fn learn(&self, bucket: &str, region: &str) -> bool {
        let sound = !region.is_empty() && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if self.endpoint.is_some() || !sound {
            return false;
        }
        let Ok(place) = self.place(bucket).await else { return false };
        if place.region == region {
            return false;
        }
        match self.resolve_both(bucket, region).await {
            Ok(known) => {
                self.note(bucket, Arc::new(known));
                self.lessons.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(_) => false,
        }
    }

    /// How often something was learnt.
    pub(in crate::backend::s3) fn lessons(&self) -> u64 {
        self.lessons.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn known(&self, bucket: &str) -> Result<Arc<Known>> {
        let known = self.lock().get(bucket).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let known = Arc::new(self.resolve_both(bucket, &self.region).await?);
        self.note(bucket, Arc::clone(&known));
        Ok(known)
    }

    fn note(&self, bucket: &str, known: Arc<Known>) {
        let mut all = self.lock();
        if all.len() >= MOST_BUCKETS {
            all.clear();
        }
        all.insert(bucket.to_owned(), known);
    }

    async fn resolve_both(&self, bucket: &str, region: &str) -> Result<Known> {
        let own = Arc::new(self.resolve(bucket, region, self.endpoint.as_deref()).await?);
        let public = match &self.public_endpoint {
            Some(endpoint) => Arc::new(self.resolve(bucket, region, Some(endpoint)).await?),
            None => Arc::clone(&own),
        };
        Ok(Known { own, public })
    }

    async fn resolve(&self, bucket: &str, region: &str, endpoint: Option<&str>) -> Result<Place> {
        let failed = |reason: String| {
            Error::new(ErrorCode::InvalidConfig, format!("no endpoint for bucket \"{bucket}\"")).with_details(reason)
        };
        let params = Params::builder()
            .bucket(bucket)
            .region(region)
            .force_path_style(self.path_style)
            .set_endpoint(endpoint.map(ToOwned::to_owned))
            .build()
            .map_err(|e| failed(e.to_string()))?;
        let found =
            ResolveEndpoint::resolve_endpoint(&self.resolver, &params).await.map_err(|e| failed(e.to_string()))?;
        let scheme = found.auth_schemes().iter().find(|scheme| scheme.name() == "sigv4");
        let signing = scheme.and_then(|scheme| scheme.get("signingRegion")).and_then(Document::as_string);
        let region = signing.unwrap_or(region).to_owned();
        Place::of(found.url(), region).ok_or_else(|| failed(format!("{} is no URL", found.url())))
    }
}

impl Place {
    fn of(url: &str, region: String) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let origin = Origin::of(&uri)?;
        let authority = origin.authority();
        let host = HeaderValue::from_str(&authority).ok()?;
        let scheme = if origin.tls { "https" } else { "http" };
        let path = uri.path().trim_end_matches('/').to_owned();
        Some(Self { origin: Arc::new(origin), host, base: format!("{scheme}://{authority}"), path, region })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn endpoints(server: &serde_json::Value) -> Endpoints {
        let tree = json!({"servers": {"s": server}});
        let config = crate::config::validate(tree, &|_: &str| None).unwrap();
        let region = config.servers[0].1.region.clone().unwrap_or_default();
        Endpoints::new(&config.servers[0].1, region)
    }

    async fn url(endpoints: &Endpoints, bucket: &str) -> (String, String) {
        let place = endpoints.place(bucket).await.unwrap();
        (format!("{}{}", place.base, place.path), place.region.clone())
    }

    #[tokio::test]
    async fn path_style_and_virtual_hosts_follow_the_rules_of_the_sdk() {
        let custom = endpoints(&json!({"endpoint": "http://127.0.0.1:9000", "region": "x"}));
        assert_eq!(url(&custom, "bucket").await, ("http://127.0.0.1:9000/bucket".into(), "x".into()));
        let below = endpoints(&json!({"endpoint": "http://127.0.0.1:9000/base/", "region": "x"}));
        assert_eq!(url(&below, "bucket").await.0, "http://127.0.0.1:9000/base/bucket");
        let virtual_host = endpoints(&json!({"endpoint": "https://s3.example", "path_style": false}));
        assert_eq!(url(&virtual_host, "bucket").await, ("https://bucket.s3.example".into(), "us-east-1".into()));
        let aws = endpoints(&json!({"region": "eu-central-1"}));
        assert_eq!(
            url(&aws, "bucket").await,
            ("https://bucket.s3.eu-central-1.amazonaws.com".into(), "eu-central-1".into())
        );
        assert_eq!(url(&aws, "with.dots").await.0, "https://s3.eu-central-1.amazonaws.com/with.dots");
    }

    #[tokio::test]
    async fn aws_may_tell_another_region_and_a_custom_endpoint_may_not() {
        let aws = endpoints(&json!({"region": "us-east-1"}));
        assert!(aws.learn("bucket", "eu-west-1").await);
        assert_eq!(url(&aws, "bucket").await, ("https://bucket.s3.eu-west-1.amazonaws.com".into(), "eu-west-1".into()));
        assert_eq!(aws.learnt_region("bucket").as_deref(), Some("eu-west-1"));
        assert_eq!(url(&aws, "other").await.1, "us-east-1");
        assert_eq!(aws.learnt_region("other"), None);
        assert!(!aws.learn("bucket", "eu-west-1").await, "no news");
        for nonsense in ["", "evil.example/", "eu west", "é"] {
            assert!(!aws.learn("bucket", nonsense).await, "{nonsense}");
        }
        let custom = endpoints(&json!({"endpoint": "http://127.0.0.1:9000"}));
        assert!(!custom.learn("bucket", "eu-west-1").await);
    }
}
