<?php

declare(strict_types=1);

namespace S3Storage\Benches;

use RuntimeException;

/** A contender has no way to do this. The message is what the table says instead of a number. */
final class NotThere extends RuntimeException
{
}
