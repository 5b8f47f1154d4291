<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** A stream of PHP code: each piece is a string, or a function that makes one, throws, or answers false for a failure. */
final class CodeStream
{
    /** @var resource|null set by the engine */
    public $context;

    /** @var list<string|callable(): (string|false)> */
    private static array $next = [];

    /** @var list<string|callable(): (string|false)> */
    private array $pieces = [];

    private string $rest = '';

    /**
     * @param list<string|callable(): (string|false)> $pieces
     * @return resource
     */
    public static function open(array $pieces)
    {
        if (!in_array('s3test', stream_get_wrappers(), true)) {
            stream_wrapper_register('s3test', self::class);
        }
        self::$next = $pieces;
        return fopen('s3test://', 'rb') ?: throw new \RuntimeException('the stream was not opened');
    }

    public function stream_open(): bool // phpcs:ignore PSR1.Methods.CamelCapsMethodName
    {
        $this->pieces = self::$next;
        return true;
    }

    public function stream_read(int $length): string|false // phpcs:ignore PSR1.Methods.CamelCapsMethodName
    {
        if ($this->rest === '' && $this->pieces !== []) {
            $piece = array_shift($this->pieces);
            $piece = is_string($piece) ? $piece : $piece();
            if ($piece === false) {
                return false;
            }
            $this->rest = $piece;
        }
        $read = substr($this->rest, 0, $length);
        $this->rest = substr($this->rest, strlen($read));
        return $read;
    }

    public function stream_eof(): bool // phpcs:ignore PSR1.Methods.CamelCapsMethodName
    {
        return $this->rest === '' && $this->pieces === [];
    }

    /** @return array<int, int> */
    public function stream_stat(): array // phpcs:ignore PSR1.Methods.CamelCapsMethodName
    {
        return [];
    }
}
