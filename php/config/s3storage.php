<?php

return [
    // Whether disks with `'driver' => 's3'` are served by the extension, too, with the configuration that they have.
    // Otherwise only those with `'driver' => 's3storage'`.
    'replace_s3_driver' => (bool) env('S3STORAGE_REPLACE_S3_DRIVER', false),
];
