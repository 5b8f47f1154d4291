<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use S3Storage;
use Throwable;

/** Encryption at the server's side. */
final class EncryptionTest extends StorageTestCase
{
    private const CANARY = "CANARY\0\xff-key-of-32-raw-bytes-!!!";

    /**
     * @dataProvider sizes
     */
    public function testWhatWasWrittenWithAKeyIsReadWithItOnly(int $size): void
    {
        self::skipOnMinio('MinIO takes customer keys over https only');
        $content = $size === 0 ? '' : random_bytes($size);
        $key = ['customerKey' => self::CANARY];
        $this->s3->write('a', $content, options: $key);
        self::assertSameBytes($content, $this->s3->read('a', options: $key));
        self::assertSame($size, $this->s3->getMetadata('a', options: $key)->size);
        $wrong = ['customerKey' => str_repeat('x', 32)];
        self::assertFails('PERMISSION_DENIED', fn () => $this->s3->read('a', options: $wrong));
        self::assertFails('S3_OPERATION_FAILED', fn () => $this->s3->read('a'));
        if ($size > 0) {
            self::assertSame($content[1], $this->s3->read('a', 1, 1, options: $key));
        }
    }

    /** @return iterable<string, array{int}> */
    public static function sizes(): iterable
    {
        yield 'nothing' => [0];
        yield 'one request' => [7];
        yield 'in parts' => [(11 << 20) + 1];
    }

    public function testACustomerKeyIsSentOverTls(): void
    {
        $server = Server::startTls();
        $s3 = new S3Storage($server->config());
        $s3->write('a', 'content', options: ['customerKey' => self::CANARY]);
        self::assertSame('content', $s3->read('a', options: ['customerKey' => self::CANARY]));
    }

    /**
     * @dataProvider kinds
     */
    public function testTheServerEncryptsAsItIsAsked(string $kind, int $size): void
    {
        if ($kind === 'aws:kms:dsse') {
            self::skipOnMinio('MinIO knows no encryption in two layers');
        }
        $this->s3->write('a', str_repeat('x', $size), options: ['encryption' => $kind]);
        $headers = RawHttp::get($this->s3->presignGet('a')->url)->headers;
        self::assertSame($kind, $headers['x-amz-server-side-encryption']);
    }

    /** @return iterable<string, array{string, int}> */
    public static function kinds(): iterable
    {
        foreach (['AES256', 'aws:kms', 'aws:kms:dsse'] as $kind) {
            yield "$kind, one request" => [$kind, 7];
            yield "$kind, in parts" => [$kind, 6 << 20];
        }
    }

    public function testAKeyOfTheKeyManagementIsNamed(): void
    {
        $this->s3->write('a', 'x', options: ['encryption' => 'aws:kms', 'kmsKeyId' => 'minio-key']);
        $headers = RawHttp::get($this->s3->presignGet('a')->url)->headers;
        self::assertStringEndsWith('minio-key', $headers['x-amz-server-side-encryption-aws-kms-key-id']);
    }

    /**
     * @dataProvider wrong
     * @param array<string, mixed> $options
     */
    public function testAWrongEncryptionIsRefusedBeforeAnythingIsSent(array $options, string $words): void
    {
        $write = fn () => $this->s3->write('a', 'x', options: $options);
        self::assertStringContainsString($words, self::assertRefusedLocally('INVALID_ARGUMENT', $write)->getMessage());
    }

    /** @return iterable<string, array{array<string, mixed>, string}> */
    public static function wrong(): iterable
    {
        yield 'kind' => [['encryption' => "AES256\r\nx: y"], 'must be one of AES256, aws:kms, aws:kms:dsse'];
        yield 'id alone' => [['kmsKeyId' => 'id'], 'kmsKeyId needs encryption'];
        yield 'line break' => [['encryption' => 'aws:kms', 'kmsKeyId' => "a\r\nb"], 'control characters'];
        yield 'NUL' => [['encryption' => 'aws:kms', 'kmsKeyId' => "a\0b"], 'control characters'];
        yield 'short key' => [['customerKey' => 'short'], 'exactly 32 raw bytes, not 5'];
        yield 'encoded key' => [['customerKey' => base64_encode(self::CANARY)], 'exactly 32 raw bytes, not 44'];
        yield 'no string' => [['customerKey' => 7], 'customerKey must be a string'];
        yield 'both' => [['customerKey' => self::CANARY, 'encryption' => 'AES256'], 'cannot be combined'];
    }

    public function testACustomerKeyIsInNoExceptionAndNoTrace(): void
    {
        $key = ['customerKey' => self::CANARY];
        $calls = [
            fn () => $this->s3->read('missing', options: $key),
            fn () => $this->s3->readObject('missing', options: $key),
            fn () => $this->s3->getMetadata('missing', options: $key),
            fn () => $this->s3->write('', 'x', options: $key),
            fn () => $this->s3->write('a', 'x', options: $key + ['encryption' => 'AES256']),
        ];
        $previous = (string) ini_set('zend.exception_ignore_args', '0');
        try {
            foreach ($calls as $call) {
                try {
                    $call();
                    self::fail('it succeeded');
                } catch (S3Storage\Exception\S3Exception $exception) {
                    $this->assertSecret($exception);
                }
            }
        } finally {
            ini_set('zend.exception_ignore_args', $previous);
        }
    }

    private function assertSecret(Throwable $exception): void
    {
        $isOurs = static fn (array $frame): bool => ($frame['class'] ?? '') === 'S3Storage';
        $frames = array_filter($exception->getTrace(), $isOurs);
        self::assertNotSame([], $frames);
        $text = $exception . print_r($frames, true) . serialize($exception->getDetails());
        self::assertStringNotContainsString('CANARY', $text);
        self::assertStringNotContainsString(base64_encode(self::CANARY), $text);
    }
}
