<?php

declare(strict_types=1);

namespace App\Command;

use League\Flysystem\FilesystemOperator;
use Symfony\Component\Console\Attribute\AsCommand;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\OutputInterface;

#[AsCommand('app:files', 'Stores a file, says what there is, and deletes it')]
final class FilesCommand extends Command
{
    public function __construct(
        private readonly FilesystemOperator $oldStorage,
        private readonly FilesystemOperator $namedStorage,
    ) {
        parent::__construct();
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $this->namedStorage->write('console.txt', 'of a console');
        foreach ($this->oldStorage->listContents('named', true) as $entry) {
            $content = stream_get_contents($this->oldStorage->readStream($entry->path()));
            $output->writeln($entry->path() . " $content");
        }
        $this->namedStorage->delete('console.txt');
        return self::SUCCESS;
    }
}
