<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use SensitiveParameter;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;
use Symfony\Component\Config\Definition\NodeInterface;
use Symfony\Component\Config\Definition\ScalarNode;

/**
 * A value that the extension judges when it is there: in a container that is compiled, most are variables still.
 *
 * @internal
 */
final class ValueNode extends ScalarNode
{
    public function __construct(
        ?string $name,
        ?NodeInterface $parent,
        string $pathSeparator,
        private readonly bool $secret,
    ) {
        parent::__construct($name, $parent, $pathSeparator);
    }

    protected function finalizeValue(#[SensitiveParameter] mixed $value): mixed
    {
        // What stands in for a variable, such as its default, is nobody's literal value.
        if ($this->isHandlingPlaceholder() || $value === null || $value === '') {
            return parent::finalizeValue($value);
        }
        if (is_string($value) && preg_match('/(?<!\$)\$\{(\w+)/', $value, $match) === 1) {
            throw $this->refusal("variables are Symfony's here: write %env($match[1])%.");
        }
        if ($this->secret) {
            throw $this->refusal('it is a secret, which would be written into the compiled container and shown by ' .
                "debug:config. Write %env(...)%, and put the value into .env.local or Symfony's vault.");
        }
        return parent::finalizeValue($value);
    }

    private function refusal(string $reason): InvalidConfigurationException
    {
        $path = $this->getPath();
        $exception = new InvalidConfigurationException("Invalid configuration for path \"$path\": $reason");
        $exception->setPath($path);
        return $exception;
    }
}
