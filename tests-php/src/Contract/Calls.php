<?php

declare(strict_types=1);

namespace S3Storage\Tests\Contract;

use S3Storage\BatchResult;
use S3Storage\Exception\S3Exception;
use S3Storage\ListPage;
use S3Storage\ObjectContent;
use S3Storage\ObjectInfo;
use S3Storage\PresignedPost;
use S3Storage\PresignedUrl;
use S3Storage\Storage;
use S3Storage\Upload;
use stdClass;

/** The calls of the table, made through the class. `fill` and `count` are the table's own: many objects, and how many a listing has. */
final class Calls
{
    /** Objects that `fill` writes with one call. */
    private const AT_ONCE = 2000;

    public function __construct(private readonly Storage $s3, private readonly string $folder)
    {
    }

    /** Makes a call and tells its answer. */
    public function call(string $call, stdClass $with): mixed
    {
        $with = json_decode(json_encode($with), true) + ['content' => null];
        $s3 = isset($with['bucket']) ? $this->s3->bucket($with['bucket']) : $this->s3;
        $content = $with['content'];
        unset($with['bucket'], $with['content']);
        $bytes = Contents::of(is_array($content) ? (object) $content : $content ?? '');
        return match ($call) {
            'write' => self::told($s3->write(...$with, content: $bytes)),
            'writeStream' => self::told($s3->writeStream(...$with, stream: self::stream($bytes))),
            'uploadFile' => self::told($s3->uploadFile(...$with, file: $this->file($bytes))),
            'downloadFile' => $this->downloaded($s3, $with),
            'read' => Contents::shown($s3->read(...$with)),
            'readStream' => Contents::shown(stream_get_contents($s3->readStream(...$with))),
            'readMany' => self::contents($s3->readMany(...$with)),
            'existsMany', 'getMetadataMany', 'copyMany' => self::told($s3->$call(...$with, throw: false)),
            'deleteMany' => count($s3->deleteMany(...$with)->succeeded),
            'getTags' => (object) $s3->getTags(...$with),
            'list' => self::names($s3->list(...$with)),
            'count' => count(self::names($s3->list(...$with))),
            'listUploads' => self::names($s3->listUploads(...$with)),
            'fill' => self::fill($s3, $with['count']),
            default => self::told($s3->$call(...$with)),
        };
    }

    /** What a method answers, as the table has it. */
    private static function told(mixed $answer): mixed
    {
        return match (true) {
            $answer instanceof ObjectInfo => self::info($answer),
            $answer instanceof ObjectContent => (object) [
                'content' => Contents::shown($answer->content),
                'info' => self::info($answer->info),
            ],
            $answer instanceof ListPage => (object) [
                'objects' => array_map(self::info(...), $answer->objects),
                'prefixes' => $answer->prefixes,
                'nextToken' => $answer->nextToken,
            ],
            $answer instanceof BatchResult => self::batch($answer),
            $answer instanceof PresignedUrl, $answer instanceof PresignedPost => (object) get_object_vars($answer),
            default => $answer,
        };
    }

    private static function info(ObjectInfo $info): stdClass
    {
        $fields = get_object_vars($info);
        $fields['metadata'] = $info->metadata === null ? null : (object) $info->metadata;
        return (object) $fields;
    }

    private static function batch(BatchResult $batch): stdClass
    {
        $succeeded = array_map(self::told(...), $batch->succeeded);
        $failed = [];
        foreach ($batch->failed as $failure) {
            $failed[$failure->pathname] = $failure->exception->getErrorCode();
        }
        return (object) ['succeeded' => $succeeded, 'failed' => (object) $failed];
    }

    /** @param iterable<string, string|S3Exception> $contents */
    private static function contents(iterable $contents): stdClass
    {
        $told = new stdClass();
        foreach ($contents as $pathname => $content) {
            $told->{$pathname} = is_string($content) ? Contents::shown($content) : $content->getErrorCode();
        }
        return $told;
    }

    /**
     * @param iterable<ObjectInfo|Upload> $entries
     * @return list<string>
     */
    private static function names(iterable $entries): array
    {
        $names = [];
        foreach ($entries as $entry) {
            $names[] = $entry->pathname;
        }
        return $names;
    }

    /** @param array<string, mixed> $with */
    private function downloaded(Storage $s3, array $with): stdClass
    {
        $file = $this->file('something that was there before');
        $info = $s3->downloadFile(...$with, file: $file);
        return (object) ['content' => Contents::shown(file_get_contents($file)), 'info' => self::info($info)];
    }

    private static function fill(Storage $s3, int $count): int
    {
        foreach (array_chunk(range(0, $count - 1), self::AT_ONCE) as $numbers) {
            $names = array_map(static fn (int $i): string => sprintf('dir-%02d/%05d', $i % 100, $i), $numbers);
            $s3->writeMany(array_fill_keys($names, ''));
        }
        return $count;
    }

    private function file(string $content): string
    {
        $file = "{$this->folder}/content";
        file_put_contents($file, $content);
        return $file;
    }

    /** @return resource */
    private static function stream(string $content)
    {
        $stream = fopen('php://memory', 'r+');
        fwrite($stream, $content);
        rewind($stream);
        return $stream;
    }
}
