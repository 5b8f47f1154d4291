//! The classes of results: their names, constructors and properties.

use ext_php_rs::ffi::{ZEND_ACC_NOT_SERIALIZABLE, ZEND_ACC_PUBLIC};

use super::constructors::{
    new_batch_failure, new_batch_result, new_list_page, new_object_content, new_object_info, new_object_lock,
    new_object_response, new_object_version, new_operation_event, new_presigned_post, new_presigned_url,
    new_sync_result, new_upload,
};
use crate::php::class::{BadDeclaration, Class, Declaration, Handler, Method, VALUE};

/// `ZEND_ACC_READONLY` of `Zend/zend_compile.h`.
const READONLY: u32 = 1 << 7;

pub(super) static OBJECT_INFO: Class = Class::new();
pub(super) static OBJECT_CONTENT: Class = Class::new();
pub(super) static LIST_PAGE: Class = Class::new();
pub(super) static PRESIGNED_URL: Class = Class::new();
pub(super) static OBJECT_RESPONSE: Class = Class::new();
pub(super) static PRESIGNED_POST: Class = Class::new();
pub(super) static UPLOAD: Class = Class::new();
pub(super) static BATCH_RESULT: Class = Class::new();
pub(super) static BATCH_FAILURE: Class = Class::new();
pub(super) static SYNC_RESULT: Class = Class::new();
pub(super) static OBJECT_VERSION: Class = Class::new();
pub(super) static OBJECT_LOCK: Class = Class::new();
pub(super) static OPERATION_EVENT: Class = Class::new();

/// A class of results: the class, its name, and its properties in the order of its constructor's parameters.
struct Value<'a> {
    class: &'static Class,
    name: &'a str,
    flags: u32,
    constructor: &'a str,
    handler: Handler,
    properties: &'a [(&'a str, &'a str)],
}

/// Every class of results.
static VALUES: &[Value<'static>] = &[
    Value {
        class: &OBJECT_INFO,
        name: "S3Storage\\ObjectInfo",
        flags: VALUE,
        constructor: "__construct(string $pathname, ?int $size = null, ?int $lastModified = null, \
                      ?string $mimeType = null, ?string $etag = null, ?string $visibility = null, \
                      ?string $storageClass = null, ?string $versionId = null, ?array $metadata = null, \
                      bool $isDirectory = false)",
        handler: new_object_info,
        properties: &[
            ("string", "pathname"),
            ("?int", "size"),
            ("?int", "lastModified"),
            ("?string", "mimeType"),
            ("?string", "etag"),
            ("?string", "visibility"),
            ("?string", "storageClass"),
            ("?string", "versionId"),
            ("?array", "metadata"),
            ("bool", "isDirectory"),
        ],
    },
    Value {
        class: &OBJECT_CONTENT,
        name: "S3Storage\\ObjectContent",
        flags: VALUE,
        constructor: "__construct(string $content, S3Storage\\ObjectInfo $info)",
        handler: new_object_content,
        properties: &[("string", "content"), ("S3Storage\\ObjectInfo", "info")],
    },
    Value {
        class: &OBJECT_RESPONSE,
        name: "S3Storage\\ObjectResponse",
        flags: VALUE | ZEND_ACC_NOT_SERIALIZABLE, // it carries a stream
        constructor: "__construct(int $status, array $headers = [], mixed $stream = null)",
        handler: new_object_response,
        properties: &[("int", "status"), ("array", "headers"), ("mixed", "stream")],
    },
    Value {
        class: &LIST_PAGE,
        name: "S3Storage\\ListPage",
        flags: VALUE,
        constructor: "__construct(array $objects = [], array $prefixes = [], ?string $nextToken = null)",
        handler: new_list_page,
        properties: &[("array", "objects"), ("array", "prefixes"), ("?string", "nextToken")],
    },
    Value {
        class: &PRESIGNED_URL,
        name: "S3Storage\\PresignedUrl",
        flags: VALUE,
        constructor: "__construct(string $url, string $method, array $headers, int $expiresAt)",
        handler: new_presigned_url,
        properties: &[("string", "url"), ("string", "method"), ("array", "headers"), ("int", "expiresAt")],
    },
    Value {
        class: &PRESIGNED_POST,
        name: "S3Storage\\PresignedPost",
        flags: VALUE,
        constructor: "__construct(string $url, array $fields, int $expiresAt)",
        handler: new_presigned_post,
        properties: &[("string", "url"), ("array", "fields"), ("int", "expiresAt")],
    },
    Value {
        class: &BATCH_RESULT,
        name: "S3Storage\\BatchResult",
        flags: VALUE,
        constructor: "__construct(array $succeeded = [], array $failed = [])",
        handler: new_batch_result,
        properties: &[("array", "succeeded"), ("array", "failed")],
    },
    Value {
        class: &BATCH_FAILURE,
        name: "S3Storage\\BatchFailure",
        flags: VALUE,
        constructor: "__construct(string $pathname, S3Storage\\Exception\\S3Exception $exception)",
        handler: new_batch_failure,
        properties: &[("string", "pathname"), ("S3Storage\\Exception\\S3Exception", "exception")],
    },
    Value {
        class: &SYNC_RESULT,
        name: "S3Storage\\SyncResult",
        flags: VALUE,
        constructor: "__construct(array $transferred = [], array $deleted = [], int $skipped = 0, array $failed = [])",
        handler: new_sync_result,
        properties: &[("array", "transferred"), ("array", "deleted"), ("int", "skipped"), ("array", "failed")],
    },
    Value {
        class: &OBJECT_VERSION,
        name: "S3Storage\\ObjectVersion",
        flags: VALUE,
        constructor: "__construct(string $pathname, string $versionId, bool $isLatest = false, \
                      bool $isDeleteMarker = false, ?int $size = null, ?int $lastModified = null, \
                      ?string $etag = null, ?string $storageClass = null)",
        handler: new_object_version,
        properties: &[
            ("string", "pathname"),
            ("string", "versionId"),
            ("bool", "isLatest"),
            ("bool", "isDeleteMarker"),
            ("?int", "size"),
            ("?int", "lastModified"),
            ("?string", "etag"),
            ("?string", "storageClass"),
        ],
    },
    Value {
        class: &OBJECT_LOCK,
        name: "S3Storage\\ObjectLock",
        flags: VALUE,
        constructor: "__construct(?string $retentionMode = null, ?int $retainUntil = null, bool $legalHold = false)",
        handler: new_object_lock,
        properties: &[("?string", "retentionMode"), ("?int", "retainUntil"), ("bool", "legalHold")],
    },
    Value {
        class: &OPERATION_EVENT,
        name: "S3Storage\\OperationEvent",
        flags: VALUE,
        constructor: "__construct(string $name, string $bucket, ?string $pathname = null, string $outcome = 'done', \
                      float $duration = 0.0, int $bytesIn = 0, int $bytesOut = 0, int $requests = 0, \
                      int $attempts = 0, ?string $errorCode = null, ?string $requestId = null)",
        handler: new_operation_event,
        properties: &[
            ("string", "name"),
            ("string", "bucket"),
            ("?string", "pathname"),
            ("string", "outcome"),
            ("float", "duration"),
            ("int", "bytesIn"),
            ("int", "bytesOut"),
            ("int", "requests"),
            ("int", "attempts"),
            ("?string", "errorCode"),
            ("?string", "requestId"),
        ],
    },
    Value {
        class: &UPLOAD,
        name: "S3Storage\\Upload",
        flags: VALUE,
        constructor: "__construct(string $pathname, string $uploadId, ?int $initiated = null)",
        handler: new_upload,
        properties: &[("string", "pathname"), ("string", "uploadId"), ("?int", "initiated")],
    },
];

/// Registers the classes. Only while the module starts.
pub(in crate::php) fn register() -> Result<(), BadDeclaration> {
    for value in VALUES {
        value.class.register(Declaration {
            name: value.name,
            flags: value.flags,
            methods: vec![Method::public(value.constructor, value.handler)],
            ..Declaration::default()
        })?;
        for (type_, name) in value.properties {
            value.class.property(type_, name, ZEND_ACC_PUBLIC | READONLY, None)?;
        }
    }
    Ok(())
}
