<?php

// What APCu does in one process, where it is not installed.
// phpcs:disable PSR1.Files.SideEffects

declare(strict_types=1);

if (!function_exists('apcu_inc')) {
    $GLOBALS['counters'] = [];

    function apcu_inc(string $key, int $step, ?bool &$success, int $ttl): int
    {
        $success = true;
        return $GLOBALS['counters'][$key] = ($GLOBALS['counters'][$key] ?? 0) + $step;
    }

    // phpcs:ignore PSR1.Classes.ClassDeclaration.MissingNamespace
    final class APCUIterator extends ArrayIterator
    {
        public function __construct(string $pattern)
        {
            $entries = [];
            foreach ($GLOBALS['counters'] as $key => $value) {
                if (preg_match($pattern, $key) === 1) {
                    $entries[] = ['key' => $key, 'value' => $value];
                }
            }
            parent::__construct($entries);
        }
    }
}
