<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** A test with a folder of its own on this machine. */
abstract class FileTestCase extends StorageTestCase
{
    protected const MIB = 1 << 20;

    protected string $folder;

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = sys_get_temp_dir() . '/s3storage-' . bin2hex(random_bytes(6));
        mkdir($this->folder);
    }

    protected function tearDown(): void
    {
        foreach ($this->inFolder() as $name) {
            unlink("$this->folder/$name");
        }
        rmdir($this->folder);
        parent::tearDown();
    }

    /** @return list<string> what is in the folder, hidden files too */
    protected function inFolder(): array
    {
        return array_values(array_diff(scandir($this->folder), ['.', '..']));
    }

    protected function file(string $content, string $name = 'file.bin'): string
    {
        file_put_contents("$this->folder/$name", $content);
        return "$this->folder/$name";
    }

    /** Bytes in which no two parts are equal. */
    protected static function bytes(int $size): string
    {
        $block = random_bytes(self::MIB);
        $content = '';
        for ($i = 0; strlen($content) < $size; $i++) {
            $content .= substr_replace($block, pack('J', $i), 0, 8);
        }
        return substr($content, 0, $size);
    }
}
