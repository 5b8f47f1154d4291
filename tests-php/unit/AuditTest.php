<?php

declare(strict_types=1);

namespace S3Storage\Tests;

use PHPUnit\Framework\TestCase;

/** What `make audit` says, with a stand-in for cargo-deny. */
final class AuditTest extends TestCase
{
    private const SCRIPT = __DIR__ . '/../../scripts/audit.sh';

    /** @return array{int, string} status and output, where cargo-deny fails for commands that match */
    private static function audit(string $fails): array
    {
        $tools = sys_get_temp_dir() . '/s3storage-tools-' . bin2hex(random_bytes(6));
        mkdir("$tools/bin", recursive: true);
        preg_match('/^tool (cargo-deny \S+)/m', (string) file_get_contents(self::SCRIPT), $tool);
        file_put_contents("$tools/.crates2.json", "{\"installs\":{\"$tool[1] (registry)\":{}}}");
        file_put_contents("$tools/bin/cargo-deny", "#!/bin/sh\ncase \"$*\" in $fails) echo no; exit 1;; esac\n");
        chmod("$tools/bin/cargo-deny", 0o755);
        $command = 'S3STORAGE_TOOLS=' . escapeshellarg($tools) . ' bash ' . escapeshellarg(self::SCRIPT);
        exec("$command 2>&1", $output, $status);
        exec('rm -r ' . escapeshellarg($tools));
        return [$status, implode("\n", $output)];
    }

    public function testAnAuditWithoutItsDatabaseIsNeverOk(): void
    {
        [$status, $output] = self::audit('*fetch*db*');
        self::assertSame(3, $status);
        self::assertStringContainsString('advisories were NOT CHECKED', $output);
    }

    public function testWhatBreaksThePolicyFailsTheAudit(): void
    {
        [$status, $output] = self::audit('*licenses*');
        self::assertSame(1, $status, $output);
        [$status, $output] = self::audit('*check*advisories*');
        self::assertSame(1, $status, $output);
        self::assertStringContainsString('there are advisories', $output);
        [$status, $output] = self::audit('nothing');
        self::assertSame(0, $status, $output);
    }
}
