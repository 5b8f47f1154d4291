<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;

/** What the documents show runs as it stands there. */
final class SnippetTest extends TestCase
{
    private const CONFIG = [
        'default' => 'uploads',
        'servers' => ['main' => ['driver' => 'memory']],
        'buckets' => [
            'uploads' => ['server' => 'main', 'bucket' => 'uploads'],
            'documents' => ['server' => 'main', 'bucket' => 'documents'],
        ],
    ];

    public function testTheStreamWrapper(): void
    {
        $result = Snippets::run('stream-wrapper.md', self::CONFIG, '$s3 = new S3Storage();');
        self::assertSame(['', 0], [$result->errors, $result->exitCode]);
        self::assertSame("a;b\n1;2\na, b\n1, 2\nreport.csv 8\nFILE_NOT_FOUND\n", $result->output);
    }

    public function testFutures(): void
    {
        $before = '$s3 = new S3Storage(); $s3->write("mail/template.html", "<p>"); $s3->write("mail/logo.png", "png");';
        $result = Snippets::run('futures.md', self::CONFIG, $before);
        self::assertSame(['', 0], [$result->errors, $result->exitCode]);
        self::assertSame("there\n", $result->output);
    }
}
