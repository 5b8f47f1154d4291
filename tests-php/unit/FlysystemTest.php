<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** What Flysystem asks of every adapter, of a server. */
final class FlysystemTest extends FlysystemContract
{
}
