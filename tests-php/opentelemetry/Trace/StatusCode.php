<?php

declare(strict_types=1);

namespace OpenTelemetry\API\Trace;

/** A double, with the values of the API. */
interface StatusCode
{
    public const STATUS_ERROR = "Error";
}
