<?php

declare(strict_types=1);

// One handle for all requests of this worker: an object is written, read, listed and deleted.

require __DIR__ . '/../phpt/helper.inc';

$content = random_bytes(4096);
$s3 = s3_open();
$handler = static function () use ($s3, $content): void {
    try {
        $name = "{$_GET['number']}";
        $s3->write($name, $content, metadata: ['number' => $name]);
        $isThere = $s3->read($name) === $content;
        foreach ($s3->list($name, limit: 2) as $object) {
            $isThere = $isThere && str_starts_with($object->pathname, $name);
        }
        $s3->delete($name);
        // Another handle of the same configuration has the same connections; another request may have left it.
        $isThere = $isThere && !(new S3Storage(s3_config()))->exists($name);
        echo $isThere ? 'ok' : 'what was written is not there';
    } catch (Throwable $e) {
        http_response_code(500);
        echo get_class($e), ': ', $e->getMessage();
    }
};
while (frankenphp_handle_request($handler)) {
    continue;
}
