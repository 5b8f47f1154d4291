<?php

declare(strict_types=1);

namespace S3Storage\Console;

use Symfony\Component\Console\Exception\InvalidArgumentException;
use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;

/** `s3storage rm`: objects, deleted. */
final class Remove extends Command
{
    public function __construct()
    {
        parent::__construct('rm');
    }

    protected function configure(): void
    {
        $this->setDescription('Deletes an object, or with -r all that begin with a prefix')
            ->addArgument('address', InputArgument::REQUIRED, 'ALIAS:PATHNAME')
            ->addOption('recursive', 'r', InputOption::VALUE_NONE, 'Every object whose pathname begins with it')
            ->addOption('all', null, InputOption::VALUE_NONE, 'With -r and an empty prefix: the whole bucket alias');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $address = self::remote($input, 'address');
        if ($input->getOption('all') && !$input->getOption('recursive')) {
            throw new InvalidArgumentException('--all is of -r; without it one object is deleted');
        }
        $bucket = $address->bucket(self::storage($input));
        if ($input->getOption('recursive')) {
            $deleted = $bucket->deletePrefix($address->path, $input->getOption('all'));
            self::line($output, "$deleted deleted");
        } else {
            $bucket->delete($address->path);
        }
        return self::SUCCESS;
    }
}
