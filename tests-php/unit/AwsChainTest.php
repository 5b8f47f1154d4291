<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** The AWS chain sees PHP's variables, wherever they live, and every handle its own. */
final class AwsChainTest extends StorageTestCase
{
    /** @var list<array<string, mixed>> */
    private array $variables;

    private string $file;

    protected function setUp(): void
    {
        parent::setUp();
        $this->variables = [$_SERVER, $_ENV];
        $_SERVER['AWS_EC2_METADATA_DISABLED'] = 'true';
        $this->file = (string) tempnam(sys_get_temp_dir(), 's3storage-');
        [$key, $secret] = [Environment::accessKey(), Environment::secretKey()];
        file_put_contents($this->file, "[right]\naws_access_key_id=$key\naws_secret_access_key=$secret\n"
            . "[wrong]\naws_access_key_id=unknown\naws_secret_access_key=x\n");
    }

    protected function tearDown(): void
    {
        [$_SERVER, $_ENV] = $this->variables;
        unlink($this->file);
        parent::tearDown();
    }

    public function testVariablesOfServerAndEnvDecideForEachHandle(): void
    {
        $_SERVER['AWS_SHARED_CREDENTIALS_FILE'] = $this->file;
        $_ENV['AWS_PROFILE'] = 'right';
        $right = $this->storage(['credentials' => null]);
        $_ENV['AWS_PROFILE'] = 'wrong';
        $wrong = $this->storage(['credentials' => null]);
        for ($i = 0; $i < 2; $i++) {
            self::assertFalse($right->exists('a'));
            self::assertFails('PERMISSION_DENIED', fn () => $wrong->exists('a'));
        }
        // $_SERVER goes before $_ENV.
        $_SERVER['AWS_PROFILE'] = 'right';
        self::assertFalse($this->storage(['credentials' => null])->exists('a'));
    }

    public function testNoCredentialsAnywhereNamesThePlaces(): void
    {
        $_SERVER['AWS_SHARED_CREDENTIALS_FILE'] = $_SERVER['AWS_CONFIG_FILE'] = '/nonexistent';
        $storage = $this->storage(['credentials' => null]);
        $exception = self::assertFails('PERMISSION_DENIED', fn () => $storage->exists('a'));
        self::assertSame(0, $exception->getAttempts());
        foreach (['AWS_ACCESS_KEY_ID', 'profile', 'web identity', 'ECS', 'EC2'] as $place) {
            self::assertStringContainsString($place, $exception->getMessage());
        }
    }
}
