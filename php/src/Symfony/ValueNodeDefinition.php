<?php

declare(strict_types=1);

namespace S3Storage\Symfony;

use Symfony\Component\Config\Definition\Builder\ScalarNodeDefinition;
use Symfony\Component\Config\Definition\ScalarNode;

/** @internal */
final class ValueNodeDefinition extends ScalarNodeDefinition
{
    private bool $secret = false;

    public function secret(): static
    {
        $this->secret = true;
        return $this;
    }

    protected function instantiateNode(): ScalarNode
    {
        return new ValueNode($this->name, $this->parent, $this->pathSeparator, $this->secret);
    }
}
