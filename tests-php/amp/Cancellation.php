<?php

declare(strict_types=1);

namespace Amp;

use Closure;

/** A double of amphp's interface, which Debian does not package. */
interface Cancellation
{
    public function subscribe(Closure $callback): string;

    public function unsubscribe(string $id): void;

    public function isRequested(): bool;

    public function throwIfRequested(): void;
}
