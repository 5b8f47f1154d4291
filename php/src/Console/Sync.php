<?php

declare(strict_types=1);

namespace S3Storage\Console;

use Symfony\Component\Console\Exception\InvalidArgumentException;
use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;

/** `s3storage sync`: a directory and a prefix, made the same. */
final class Sync extends Command
{
    public function __construct()
    {
        parent::__construct('sync');
    }

    protected function configure(): void
    {
        $this->setDescription('Makes the destination like the source; only what differs is transferred')
            ->addArgument('source', InputArgument::REQUIRED, 'A directory, or ALIAS:PREFIX')
            ->addArgument('destination', InputArgument::REQUIRED, 'ALIAS:PREFIX, or a directory')
            ->addOption('delete', null, InputOption::VALUE_NONE, 'Delete in the end what the source does not have')
            ->addOption('dry-run', null, InputOption::VALUE_NONE, 'Tell only what would be done')
            ->addOption('checksum', null, InputOption::VALUE_NONE, 'Trust no time: compare the contents');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        [$source, $destination] = [self::address($input, 'source'), self::address($input, 'destination')];
        if ($source->isRemote() === $destination->isRemote()) {
            $problem = 'one of source and destination must be a directory, the other ALIAS:PREFIX';
            throw new InvalidArgumentException($problem);
        }
        $remote = $source->isRemote() ? $source : $destination;
        $local = $source->isRemote() ? $destination : $source;
        $result = self::withBar($output, static fn (?callable $bar) => $remote->bucket(self::storage($input))->sync(
            $local->path,
            $remote->path,
            $source->isRemote() ? 'down' : 'up',
            delete: $input->getOption('delete'),
            dryRun: $input->getOption('dry-run'),
            checksum: $input->getOption('checksum'),
            progress: $bar,
        ));
        $would = $input->getOption('dry-run') ? 'would ' : '';
        foreach (['transfer' => $result->transferred, 'delete' => $result->deleted] as $what => $pathnames) {
            foreach ($pathnames as $pathname) {
                self::line($output, "$would$what $pathname");
            }
        }
        $counts = [count($result->transferred), count($result->deleted), $result->skipped];
        self::line($output, vsprintf('%d transferred, %d deleted, %d the same', $counts));
        return self::SUCCESS;
    }
}
