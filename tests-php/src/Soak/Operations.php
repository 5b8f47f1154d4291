<?php

declare(strict_types=1);

namespace S3Storage\Tests\Soak;

use S3Storage;
use S3Storage\BatchFailure;
use S3Storage\BatchResult;
use S3Storage\Exception\S3Exception;

/** The mixed work on the objects of one slot. Every operation tells its recorder what it means, and what it saw. */
final class Operations
{
    /** How often each is drawn. */
    public const WEIGHTS = ['write' => 14, 'writeIf' => 8, 'writeStream' => 5, 'uploadFile' => 3, 'uploadLarge' => 1,
        'streamLarge' => 1, 'read' => 14, 'readRange' => 8, 'readStream' => 6, 'downloadFile' => 4, 'list' => 4,
        'copy' => 5, 'move' => 6, 'delete' => 5, 'deleteMany' => 2, 'writeMany' => 2, 'readMany' => 3,
        'getMetadata' => 8, 'exists' => 3, 'setVisibility' => 1, 'presign' => 4, 'syncUp' => 1, 'syncDown' => 1];
    private const CURL_SECONDS = 10;

    /** Whether single objects have a visibility here, as far as is known. */
    private bool $hasVisibility = true;

    public function __construct(
        private readonly S3Storage $s3,
        private readonly Recorder $recorder,
        private readonly Objects $objects,
        private readonly Chance $chance,
        private readonly string $folder,
    ) {
    }

    /** Each operation once, so that whatever it keeps from its first time on is there before anything is measured. */
    public function each(): void
    {
        foreach (array_keys(self::WEIGHTS) as $operation) {
            $this->$operation();
        }
    }

    /** One operation, drawn by its weight. */
    public function step(): void
    {
        $draw = $this->chance->int(1, array_sum(self::WEIGHTS));
        foreach (self::WEIGHTS as $operation => $weight) {
            $draw -= $weight;
            if ($draw <= 0) {
                $this->$operation();
                return;
            }
        }
    }

    public function write(): void
    {
        $key = $this->objects->pick($this->objects->keys());
        if ($key !== null) {
            $name = $this->objects->content();
            $this->recorder->run('write', 1, [$key => $name], fn () => $this->ignore(
                $this->s3->write($key, Content::make($name), metadata: ['name' => $name]),
            ));
        }
    }

    private function writeIf(): void
    {
        $isCertain = fn (string $key) => $this->recorder->ledger->certain($key) !== false;
        $key = $this->objects->pick(array_filter($this->objects->keys(), $isCertain));
        if ($key === null) {
            return;
        }
        $name = $this->objects->content();
        $isThere = $this->recorder->ledger->certain($key) !== null;
        if (!$isThere || $this->chance->once(4)) {
            $this->recorder->run('writeIf', 2, [$key => $name], fn () => $this->ignore(
                $this->s3->write($key, Content::make($name), ifNoneMatch: '*'),
            ), ['condition' => 'absent']);
            return;
        }
        $etag = null;
        $this->recorder->run('readObject', 1, [], function () use ($key, &$etag) {
            $object = $this->s3->readObject($key);
            $etag = $object->info->etag;
            return ['seen' => [$key => $this->recorder->ledger->identify($key, $object->content)]];
        }, ['reads' => [$key]]);
        if ($etag === null) {
            return;
        }
        $isSame = $this->chance->int(0, 3) > 0;
        $given = $isSame ? $etag : '"' . md5($etag) . '"';
        $this->recorder->run('writeIf', 2, [$key => $name], fn () => $this->ignore(
            $this->s3->write($key, Content::make($name), ifMatch: $given),
        ), ['condition' => $isSame ? 'same' : 'other']);
    }

    private function writeStream(): void
    {
        $this->stream('writeStream', $this->objects->content(), 1);
    }

    private function streamLarge(): void
    {
        $this->stream('streamLarge', $this->objects->largeContent(), 5);
    }

    private function stream(string $operation, string $name, int $requests): void
    {
        $key = $this->objects->pick($this->objects->keys());
        if ($key === null) {
            return;
        }
        // A pipe cannot be rewound; a file of this size would not fit into one.
        $file = $this->file($name);
        $stream = fopen($file, 'rb');
        $this->recorder->run($operation, $requests, [$key => $name], fn () => $this->ignore(
            $this->s3->writeStream($key, $stream, partSize: Objects::PART, concurrency: 2),
        ));
        fclose($stream);
        unlink($file);
    }

    private function uploadFile(): void
    {
        $this->upload('uploadFile', $this->objects->content(), 1);
    }

    private function uploadLarge(): void
    {
        $this->upload('uploadLarge', $this->objects->largeContent(), 5);
    }

    private function upload(string $operation, string $name, int $requests): void
    {
        $key = $this->objects->pick($this->objects->keys());
        if ($key === null) {
            return;
        }
        $file = $this->file($name);
        $this->recorder->run($operation, $requests, [$key => $name], fn () => $this->ignore(
            $this->s3->uploadFile($key, $file, partSize: Objects::PART),
        ));
        unlink($file);
    }

    private function read(): void
    {
        $key = $this->objects->pick($this->objects->all());
        if ($key !== null) {
            $this->recorder->run('read', 1, [], fn () => [
                'seen' => [$key => $this->recorder->ledger->identify($key, $this->s3->read($key))],
            ], ['reads' => [$key]]);
        }
    }

    private function readRange(): void
    {
        $key = $this->objects->present();
        if ($key === null) {
            return;
        }
        $size = Content::size((string) $this->recorder->ledger->certain($key));
        $offset = $this->chance->int(0, $size - 1);
        $length = $this->chance->int(1, $size - $offset);
        $this->recorder->run('readRange', 1, [], function () use ($key, $offset, $length) {
            $bytes = $this->s3->read($key, offset: $offset, length: $length);
            return ['seen' => [$key => $this->recorder->ledger->identifyPart($key, $offset, $length, $bytes)]];
        }, ['reads' => [$key]]);
    }

    private function readStream(): void
    {
        $key = $this->objects->pick($this->objects->all());
        if ($key !== null) {
            $this->recorder->run('readStream', 1, [], function () use ($key) {
                $stream = $this->s3->readStream($key);
                $bytes = '';
                while (!feof($stream)) {
                    $bytes .= fread($stream, 50_000);
                }
                fclose($stream);
                return ['seen' => [$key => $this->recorder->ledger->identify($key, $bytes)]];
            }, ['reads' => [$key]]);
        }
    }

    private function downloadFile(): void
    {
        $key = $this->objects->pick($this->objects->all());
        if ($key === null) {
            return;
        }
        $file = "$this->folder/down";
        // Over a file that is there, or a new one.
        $this->chance->int(0, 1) === 0 ? file_put_contents($file, 'old') : @unlink($file);
        $before = @file_get_contents($file);
        $this->recorder->run('downloadFile', 3, [], function () use ($key, $file, $before) {
            try {
                $this->s3->downloadFile($key, $file);
            } catch (S3Exception $e) {
                if (@file_get_contents($file) !== $before) {
                    return ['code' => $e->getErrorCode(), 'wrong' => 'the destination changed, and it failed'];
                }
                throw $e;
            }
            $bytes = (string) file_get_contents($file);
            return ['seen' => [$key => $this->recorder->ledger->identify($key, $bytes)]];
        }, ['reads' => [$key]]);
        @unlink($file);
        $this->tidy();
    }

    private function list(): void
    {
        $this->recorder->run('list', 2, [], function () {
            $sizes = array_fill_keys($this->objects->all(), null);
            foreach ($this->s3->list($this->objects->prefix()) as $object) {
                $sizes[$object->pathname] = $object->size;
            }
            return ['sizes' => $sizes];
        });
    }

    private function copy(): void
    {
        [$from, $to] = $this->objects->two();
        if ($to !== null) {
            $this->recorder->run('copy', 3, [$to => $this->recorder->ledger->certain($from)], fn () => $this->ignore(
                $this->s3->copy($from, $to),
            ), ['reads' => [$from]]);
        }
    }

    private function move(): void
    {
        [$from, $to] = $this->objects->two();
        if ($to === null) {
            return;
        }
        $changes = [$from => null, $to => $this->recorder->ledger->certain($from)];
        $done = $this->recorder->run('move', 8, $changes, fn () => $this->ignore(
            $this->s3->move($from, $to),
        ), ['pair' => [$from, $to]]);
        if (!$done) {
            $this->recorder->rest([$from, $to]);
        }
    }

    private function delete(): void
    {
        $key = $this->objects->pick($this->objects->keys());
        if ($key !== null) {
            $this->recorder->run('delete', 1, [$key => null], fn () => $this->ignore($this->s3->delete($key)));
        }
    }

    private function deleteMany(): void
    {
        $keys = $this->objects->some(6, $this->objects->keys());
        if ($keys !== []) {
            $changes = array_fill_keys($keys, null);
            $this->recorder->run('deleteMany', 2, $changes, fn () => self::outcome(
                $this->s3->deleteMany($keys, throw: false),
                $changes,
            ));
        }
    }

    private function writeMany(): void
    {
        $changes = [];
        foreach ($this->objects->some(6, $this->objects->keys()) as $key) {
            $changes[$key] = $this->objects->content();
        }
        if ($changes !== []) {
            $this->recorder->run('writeMany', 2, $changes, fn () => self::outcome(
                $this->s3->writeMany(array_map(Content::make(...), $changes), concurrency: 4, throw: false),
                $changes,
            ));
        }
    }

    private function readMany(): void
    {
        $keys = $this->objects->some(8, $this->objects->all());
        $this->recorder->run('readMany', 3, [], function () use ($keys) {
            [$seen, $codes] = [[], []];
            foreach ($this->s3->readMany($keys, concurrency: 4) as $key => $content) {
                $key = (string) $key;
                if (is_string($content)) {
                    $seen[$key] = $this->recorder->ledger->identify($key, $content);
                } elseif ($content->getErrorCode() === 'FILE_NOT_FOUND') {
                    $seen[$key] = null;
                } else {
                    $codes[$key] = $content->getErrorCode();
                }
            }
            $lost = array_diff($keys, array_map(strval(...), array_keys($seen + $codes)));
            return ['seen' => $seen, 'codes' => $codes]
                + ($lost === [] ? [] : ['wrong' => 'nothing was said of ' . implode(', ', $lost)]);
        });
    }

    private function getMetadata(): void
    {
        $key = $this->objects->pick($this->objects->all());
        if ($key !== null) {
            $this->recorder->run('getMetadata', 2, [], fn () => [
                'sizes' => [$key => $this->s3->getMetadata($key)->size],
            ], ['reads' => [$key]]);
        }
    }

    private function exists(): void
    {
        $key = $this->objects->pick($this->objects->all());
        if ($key !== null) {
            $this->recorder->run('exists', 2, [], function () use ($key) {
                $isThere = $this->s3->exists($key);
                $certain = $this->recorder->ledger->certain($key);
                return $isThere && is_string($certain) ? ['sizes' => [$key => Content::size($certain)]]
                    : ($isThere ? [] : ['seen' => [$key => null]]);
            });
        }
    }

    private function setVisibility(): void
    {
        $key = $this->objects->present();
        if ($key !== null && $this->hasVisibility) {
            $this->recorder->run('setVisibility', 2, [], function () use ($key) {
                try {
                    $this->s3->setVisibility($key, 'private');
                } catch (S3Exception $e) {
                    if ($e->getErrorCode() !== 'UNSUPPORTED') {
                        throw $e;
                    }
                    $this->hasVisibility = false;
                    return ['unsupported' => true];
                }
                return null;
            });
        }
    }

    private function presign(): void
    {
        $key = $this->objects->pick($this->objects->all());
        if ($key === null) {
            return;
        }
        $this->recorder->run('presign', 1, [], function () use ($key) {
            $curl = curl_init($this->s3->presignGet($key, 300)->url);
            curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => self::CURL_SECONDS]);
            $body = curl_exec($curl);
            $status = (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
            // An answer that ends in the middle of its head is an empty one to curl.
            $isWhole = curl_getinfo($curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) === strlen((string) $body);
            return match (true) {
                $body === false => ['code' => 'CURL ' . curl_errno($curl)],
                $status === 200 && !$isWhole => ['code' => 'CURL head'],
                $status === 200 => ['seen' => [$key => $this->recorder->ledger->identify($key, (string) $body)]],
                $status === 404 => ['seen' => [$key => null]],
                $status >= 500 => ['code' => "HTTP $status"],
                default => ['code' => "HTTP $status", 'wrong' => "a presigned URL of $key is answered with $status"],
            };
        });
    }

    private function syncUp(): void
    {
        $folder = "$this->folder/sync-up";
        $keys = $this->objects->synced();
        if (array_filter($keys, $this->recorder->isRested(...)) !== $keys) {
            return;
        }
        $changes = [];
        foreach ($keys as $i => $key) {
            // Some stay away, and are deleted on the other side.
            $changes[$key] = $i > 0 && $this->chance->once(4) ? null : $this->objects->content(60_000);
            if ($changes[$key] !== null) {
                $file = $folder . substr($key, strlen($this->objects->prefix('sync')));
                @mkdir(dirname($file), 0o700, true);
                file_put_contents($file, Content::make($changes[$key]));
            }
        }
        $this->recorder->run('syncUp', 5, $changes, function () use ($folder, $changes) {
            $prefix = $this->objects->prefix('sync');
            $result = $this->s3->sync($folder, $prefix, delete: true, checksum: true, throw: false);
            $failed = $result->failed;
            // A failure keeps everything from being deleted, and is told of what failed only.
            $deleted = array_diff_key(array_filter($changes, is_null(...)), array_flip($result->deleted));
            $codes = $failed === [] ? [] : array_fill_keys(array_keys($deleted), 'BATCH_FAILED');
            return ['codes' => self::codes($failed) + $codes];
        });
        self::remove($folder);
    }

    private function syncDown(): void
    {
        $folder = "$this->folder/sync-down";
        $this->recorder->run('syncDown', 4, [], function () use ($folder) {
            $result = $this->s3->sync("$folder", $this->objects->prefix('sync'), direction: 'down', throw: false);
            $seen = [];
            foreach ($result->transferred as $pathname) {
                $file = $folder . substr($pathname, strlen($this->objects->prefix('sync')));
                $seen[$pathname] = $this->recorder->ledger->identify($pathname, (string) @file_get_contents($file));
            }
            return ['seen' => $seen, 'codes' => self::codes($result->failed)];
        });
        self::remove($folder);
        $this->tidy();
    }

    /** What downloads of ours have left beside their destinations. */
    private function tidy(): void
    {
        $left = Folder::leftovers($this->folder);
        if ($left !== []) {
            $this->recorder->run('tidy', 1, [], fn () => ['left' => $left]);
            array_map(unlink(...), $left);
        }
    }

    private static function remove(string $folder): void
    {
        foreach (Folder::files($folder) as $file) {
            if (!Folder::isLeftover($file)) {
                unlink($file);
            }
        }
    }

    private function ignore(mixed $result): null
    {
        return null;
    }

    /**
     * What came of each object of a batch, which has to tell of every one.
     *
     * @param array<string, string|null> $changes
     * @return array{codes: array<string, string>}
     */
    private static function outcome(BatchResult $result, array $changes): array
    {
        [$told, $meant] = [count($result->succeeded) + count($result->failed), count($changes)];
        return ['codes' => self::codes($result->failed)]
            + ($told === $meant ? [] : ['wrong' => "a batch of $meant tells of $told"]);
    }

    /**
     * @param list<BatchFailure> $failed
     * @return array<string, string> codes by key
     */
    private static function codes(array $failed): array
    {
        $codes = [];
        foreach ($failed as $failure) {
            $codes[$failure->pathname] = $failure->exception->getErrorCode();
        }
        return $codes;
    }

    private function file(string $name): string
    {
        file_put_contents("$this->folder/up", Content::make($name));
        return "$this->folder/up";
    }
}
