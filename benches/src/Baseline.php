<?php

declare(strict_types=1);

namespace S3Storage\Benches;

use RuntimeException;

/** What operations took when the baseline was written, for each cargo profile: counts of two are never compared. */
final class Baseline
{
    private const FILE = __DIR__ . '/../baseline.json';

    /** @param array<string, array{instructions: array<string, int>, 'counted with': array<string, string>}> $profiles */
    private function __construct(private array $profiles)
    {
    }

    public static function read(): self
    {
        $profiles = json_decode((string) file_get_contents(self::FILE), true, flags: JSON_THROW_ON_ERROR);
        return new self($profiles);
    }

    public function instructions(string $profile, string $operation): ?int
    {
        return $this->profiles[$profile]['instructions'][$operation] ?? null;
    }

    /**
     * What moves the counts besides the code, where it is another than the baseline's.
     *
     * @return array<string, array{string, string}> now, and then
     */
    public function otherTools(string $profile): array
    {
        $now = self::tools();
        $other = [];
        foreach ($this->profiles[$profile]['counted with'] ?? [] as $tool => $then) {
            if ($then !== $now[$tool]) {
                $other[$tool] = [$now[$tool], $then];
            }
        }
        return $other;
    }

    /** @param array<string, int> $instructions */
    public function write(string $profile, array $instructions): void
    {
        $this->profiles[$profile] = ['instructions' => $instructions, 'counted with' => self::tools()];
        ksort($this->profiles);
        $json = json_encode($this->profiles, JSON_PRETTY_PRINT | JSON_THROW_ON_ERROR);
        if (file_put_contents(self::FILE, "$json\n") === false) {
            throw new RuntimeException('the baseline cannot be written');
        }
    }

    /** @return array<string, string> */
    private static function tools(): array
    {
        $said = static fn (string $command): string => trim((string) shell_exec($command));
        return ['rustc' => $said('rustc --version'), 'php' => PHP_VERSION, 'valgrind' => $said('valgrind --version')];
    }
}
