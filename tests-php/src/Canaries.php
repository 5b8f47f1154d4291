<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** Secrets that nobody else has, and whether anything printed tells one of them, in whatever way it is written. */
final class Canaries
{
    /** Engines and servers cut long values: the beginning of a secret is one, too. */
    private const TOLD = 11;

    public readonly string $key;
    public readonly string $secret;
    public readonly string $token;

    /** 32 bytes, as SSE-C has it. */
    public readonly string $customerKey;

    /** Of a proxy, which a configuration must not have. */
    public readonly string $password;

    public function __construct()
    {
        // Beginnings with what URLs and JSON escape, so that their forms differ.
        $this->key = 'AK' . self::random() . 'KEY';
        $this->secret = 's/+' . self::random() . '/+=';
        $this->token = 't+/' . self::random() . str_repeat('/+tOkEn', 40) . '==';
        $this->customerKey = substr("\x01k'\"<" . self::random() . self::random(), 0, 32);
        $this->password = 'p' . self::random();
    }

    private static function random(): string
    {
        return bin2hex(random_bytes(10));
    }

    /**
     * As variables of the environment.
     *
     * @return array<string, string>
     */
    public function variables(): array
    {
        return ['CANARY_KEY' => $this->key, 'CANARY_SECRET' => $this->secret, 'CANARY_TOKEN' => $this->token,
            'CANARY_CUSTOMER_KEY' => base64_encode($this->customerKey), 'CANARY_PASSWORD' => $this->password];
    }

    /**
     * What of it a text tells: names of secrets with the form in which they were found.
     *
     * @return list<string>
     */
    public function foundIn(string $text): array
    {
        $found = [];
        $all = ['key' => $this->key, 'secret' => $this->secret, 'token' => $this->token,
            'customer key' => $this->customerKey, 'password' => $this->password];
        foreach ($all as $name => $value) {
            foreach (self::forms(substr($value, 0, self::TOLD)) as $form => $written) {
                if (stripos($text, $written) !== false) {
                    $found[] = "$name, $form";
                }
            }
        }
        return $found;
    }

    /**
     * The ways in which something can be written.
     *
     * @return array<string, string>
     */
    private static function forms(string $value): array
    {
        $forms = [
            'as it is' => $value,
            'in hexadecimal digits' => bin2hex($value),
            'for a URL' => rawurlencode($value),
            'for a form' => urlencode($value),
            'in JSON' => trim((string) json_encode($value, JSON_PARTIAL_OUTPUT_ON_ERROR), '"'),
            'in HTML' => htmlspecialchars($value),
            'in PHP' => trim(var_export($value, true), "'"),
            'backwards' => strrev($value),
        ];
        foreach ([0, 1, 2] as $before) {
            // Digits that only the value has a part in, wherever it stands.
            $digits = base64_encode(str_repeat('x', $before) . $value);
            $start = [0, 2, 3][$before];
            $end = intdiv((strlen($value) + $before) * 8, 6);
            $forms["in Base64 from $before on"] = substr($digits, $start, $end - $start);
        }
        return $forms;
    }
}
