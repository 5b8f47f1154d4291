<?php

declare(strict_types=1);

namespace S3Storage\Console;

use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;

/** `s3storage ls`: the buckets of the configuration, or objects. */
final class ListObjects extends Command
{
    public function __construct()
    {
        parent::__construct('ls');
    }

    protected function configure(): void
    {
        $this->setDescription('Lists the bucket aliases, or objects')
            ->addArgument('address', InputArgument::OPTIONAL, 'ALIAS:PREFIX; nothing lists the aliases')
            ->addOption('recursive', 'r', InputOption::VALUE_NONE, 'Also what is below')
            ->addOption('long', 'l', InputOption::VALUE_NONE, 'With size in bytes and time');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $s3 = self::storage($input);
        if ($input->getArgument('address') === null) {
            array_map(static fn (string $alias) => self::line($output, "$alias:"), $s3->listBuckets()['buckets']);
            return self::SUCCESS;
        }
        $address = self::remote($input, 'address');
        $objects = $address->bucket($s3)->list($address->path, recursive: $input->getOption('recursive'));
        foreach ($objects as $object) {
            $about = $input->getOption('long') ? sprintf(
                '%15s  %-20s  ',
                $object->isDirectory ? '' : (string) $object->size,
                $object->lastModified === null ? '' : gmdate('Y-m-d\TH:i:s\Z', $object->lastModified),
            ) : '';
            self::line($output, $about . $object->pathname);
        }
        return self::SUCCESS;
    }
}
