<?php

declare(strict_types=1);

namespace League\FlysystemBundle;

use Symfony\Component\HttpKernel\Bundle\Bundle;

/** A double of league/flysystem-bundle, which Debian has no package of: what it does with adapters of others. */
final class FlysystemBundle extends Bundle
{
}
