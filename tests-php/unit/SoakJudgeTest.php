<?php

declare(strict_types=1);

namespace S3Storage\Tests\Unit;

use PHPUnit\Framework\TestCase;
use S3Storage\Tests\Soak\Content;
use S3Storage\Tests\Soak\Journal;
use S3Storage\Tests\Soak\Judge;
use S3Storage\Tests\Soak\Replay;

/**
 * The judge of `make soak` can fail: doctored journals and objects get the verdict that they deserve, and honest ones
 * none.
 */
final class SoakJudgeTest extends TestCase
{
    private const A = '1.100';
    private const B = '2.200';
    private const SLOT = 'minio-steady-1';
    private const KEY = 'minio-steady-1/a';
    private const OTHER = 'minio-steady-1/b';

    private string $folder;
    private int $id = 0;
    private int $files = 0;
    private ?Journal $journal = null;

    protected function setUp(): void
    {
        $this->folder = sys_get_temp_dir() . '/s3storage-judge-' . bin2hex(random_bytes(6));
        mkdir($this->folder);
        $this->process(100);
    }

    protected function tearDown(): void
    {
        array_map(unlink(...), glob("$this->folder/*") ?: []);
        rmdir($this->folder);
    }

    public function testWhatWasAcknowledgedAndIsThereViolatesNothing(): void
    {
        $this->write(self::KEY, self::A);
        $this->write(self::KEY, self::B, 'TIMEOUT');
        $this->write(self::OTHER, self::A);
        $this->operation('delete', [self::OTHER => null]);
        foreach ([self::A, self::B] as $content) {
            self::assertSame([], $this->judge([self::KEY => $content, self::OTHER => null]), $content);
        }
    }

    public function testAnAcknowledgedObjectThatIsAbsentIsLost(): void
    {
        $this->write(self::KEY, self::A);
        self::assertSame(['lost'], $this->judge([self::KEY => null]));
        self::assertSame(['lost'], $this->judge([]));
    }

    public function testAnObjectThatIsNotToBeHadInMidRunIsLost(): void
    {
        $this->write(self::KEY, self::A);
        $this->operation('read', [], 'FILE_NOT_FOUND', ['seen' => [self::KEY => null]]);
        $this->operation('list', [], null, ['sizes' => [self::KEY => null]]);
        self::assertSame(['lost', 'lost'], $this->judge([self::KEY => self::A]));
    }

    public function testBytesThatNobodyWroteAreCorrupted(): void
    {
        $this->write(self::KEY, self::A);
        self::assertSame(['corrupted'], $this->judge([self::KEY => '3.100']));
        $this->write(self::KEY, self::B, 'CONNECTION_FAILED');
        self::assertSame(['corrupted'], $this->judge([self::KEY => '3.100']), 'neither the old nor the new ones');
        $this->operation('read', [], null, ['seen' => [self::KEY => '?00 of 200 bytes']]);
        self::assertSame(['corrupted'], $this->judge([self::KEY => self::A]), 'seen in mid-run');
        $this->operation('inheritedStream', [], null, ['wrong' => 'other bytes']);
        self::assertSame(['corrupted', 'corrupted'], $this->judge([self::KEY => self::A]));
    }

    public function testAWriteThatWasReportedDoneAndIsNotIsUndone(): void
    {
        $this->write(self::KEY, self::A);
        $this->write(self::KEY, self::B);
        self::assertSame(['undone'], $this->judge([self::KEY => self::A]));
    }

    public function testTwoEmptyContentsAreTheSame(): void
    {
        $this->write(self::KEY, '1.0');
        $this->write(self::KEY, '2.0');
        $this->write(self::KEY, '3.0', 'PRECONDITION_FAILED');
        $seen = (new Replay($this->folder, self::SLOT))->last()->ledger->identify(self::KEY, '');
        $this->operation('read', [], null, ['seen' => [self::KEY => $seen]]);
        self::assertSame([], $this->judge([self::KEY => '1.0']));
    }

    public function testADeleteThatWasReportedDoneAndIsNotIsUndone(): void
    {
        $this->write(self::KEY, self::A);
        $this->operation('delete', [self::KEY => null]);
        self::assertSame(['undone'], $this->judge([self::KEY => self::A]));
        $this->operation('list', [], null, ['sizes' => [self::KEY => 100]]);
        self::assertSame(['undone'], $this->judge([self::KEY => null]), 'seen in mid-run');
    }

    public function testAnObjectOfABatchIsJudgedByItsOwnCode(): void
    {
        $codes = ['codes' => [self::KEY => 'TIMEOUT']];
        $this->operation('writeMany', [self::KEY => self::A, self::OTHER => self::B], null, $codes);
        self::assertSame([], $this->judge([self::KEY => null, self::OTHER => self::B]));
        self::assertSame(['lost'], $this->judge([self::KEY => null, self::OTHER => null]));
    }

    public function testAFailureThatLeavesNoDoubtChangesNothing(): void
    {
        $this->write(self::KEY, self::A);
        $more = ['condition' => 'absent'];
        $this->operation('writeIf', [self::KEY => self::B], 'PRECONDITION_FAILED', [], $more);
        self::assertSame([], $this->judge([self::KEY => self::A]));
        self::assertSame(['undone'], $this->judge([self::KEY => self::B]), 'it was written, and said not to be');
    }

    public function testAnObjectThatNobodyWroteIsAPhantom(): void
    {
        self::assertSame(['phantom'], $this->judge([self::KEY => self::A]));
    }

    public function testAConditionHoldsAgainstWhatIsThere(): void
    {
        $this->write(self::KEY, self::A);
        $this->operation('writeIf', [self::KEY => self::B], null, [], ['condition' => 'absent']);
        $this->operation('writeIf', [self::KEY => self::A], 'PRECONDITION_FAILED', [], ['condition' => 'same']);
        $this->operation('writeIf', [self::OTHER => self::A], 'PRECONDITION_FAILED', [], ['condition' => 'absent']);
        $this->operation('writeIf', [self::KEY => self::A], null, [], ['condition' => 'other']);
        self::assertSame(array_fill(0, 4, 'condition'), $this->judge([self::KEY => self::A]));
    }

    public function testAMoveThatFailedSaysWhatExists(): void
    {
        $this->write(self::KEY, self::A);
        $this->move('TIMEOUT', 'the source was kept, and the copy may exist: …');
        foreach ([null, self::A] as $copy) {
            self::assertSame([], $this->judge([self::KEY => self::A, self::OTHER => $copy]));
        }
        self::assertSame(['lost'], $this->judge([self::OTHER => self::A]), 'it was said to be kept');
        $this->move('TIMEOUT', 'a timeout');
        self::assertSame(['silent'], $this->judge([self::KEY => self::A]));
        self::assertContains('lost', $this->judge([]), 'at least one of both exists');
    }

    public function testOfAMoveThatWasCutAtLeastOneEndExists(): void
    {
        $this->write(self::KEY, self::A);
        $this->note(['do' => 'move', 'id' => ++$this->id, 'limit' => 80.0, 'pair' => [self::KEY, self::OTHER],
            'changes' => [self::KEY => null, self::OTHER => self::A]]);
        $this->note(['kill' => 100]);
        self::assertSame([], $this->judge([self::OTHER => self::A]));
        self::assertSame([], $this->judge([self::KEY => self::A]));
        self::assertContains('lost', $this->judge([]));
    }

    public function testAnOperationOfAKilledProcessMayBeDoneOrNot(): void
    {
        $this->write(self::KEY, self::A);
        $this->note(['do' => 'write', 'id' => ++$this->id, 'limit' => 10.0, 'changes' => [self::KEY => self::B]]);
        $this->note(['kill' => 100]);
        $this->process(101, (new Replay($this->folder, self::SLOT))->last()->ledger->state());
        foreach ([self::A, self::B] as $content) {
            self::assertSame([], $this->judge([self::KEY => $content]));
        }
        self::assertSame(['lost'], $this->judge([]));
        self::assertSame(['corrupted'], $this->judge([self::KEY => '3.300']));
    }

    public function testWhoeverGoesOnBeginsWithWhatWasLeft(): void
    {
        $this->write(self::KEY, self::A);
        $this->write(self::KEY, self::B, 'TIMEOUT');
        $left = (new Replay($this->folder, self::SLOT))->last();
        self::assertSame([self::A, self::B], $left->ledger->possible(self::KEY));
        self::assertArrayHasKey(self::KEY, $left->touched);
        $this->process(101, $left->ledger->state());
        self::assertSame([], $this->judge([self::KEY => self::B]));
        // One that was killed before it said anything changes nothing.
        touch(sprintf('%s/%s.%04d.jsonl', $this->folder, self::SLOT, $this->files++));
        $left = (new Replay($this->folder, self::SLOT))->last();
        self::assertSame([self::A, self::B], $left->ledger->possible(self::KEY));
        $this->process(102, ['possible' => [self::KEY => [self::B]], 'pairs' => []]);
        self::assertSame(['malformed'], $this->judge([self::KEY => self::A]));
    }

    public function testAnOperationBeyondItsLimitHangs(): void
    {
        $this->write(self::KEY, self::A, null, 12.9);
        self::assertSame(['hang'], $this->judge([self::KEY => self::A]));
    }

    public function testTimeInWhichTheMachineStoodStillDoesNotCount(): void
    {
        $this->write(self::KEY, self::A, null, 12.9);
        $this->note(['stop' => 5.0, 'from' => 1004.0]);
        self::assertSame([], $this->judge([self::KEY => self::A]));
    }

    public function testAnOperationWithoutAnEndHangs(): void
    {
        $this->note(['do' => 'read', 'id' => 7, 'limit' => 10.0, 'changes' => []]);
        self::assertSame(['hang'], $this->judge([]));
    }

    public function testErrorsThatNoFaultExplainsAreTold(): void
    {
        $this->operation('read', [], 'CHECKSUM_MISMATCH', ['message' => 'other bytes']);
        $this->operation('read', [], 'PHP', ['message' => 'TypeError: …']);
        self::assertSame(['unexplained', 'unexplained'], $this->judge([]));
    }

    public function testAProcessThatEndsByItselfIsACrash(): void
    {
        $this->note(['kill' => 200]);
        $this->note(['reaped' => 200, 'status' => SIGKILL]);
        $this->note(['reaped' => 201, 'status' => 0]);
        self::assertSame([], $this->judge([]));
        $this->note(['reaped' => 202, 'status' => SIGSEGV]);
        $this->note(['reaped' => 203, 'status' => SIGKILL]);
        $this->note(['reaped' => 204, 'status' => 255 << 8]);
        self::assertSame(['crash', 'crash', 'crash'], $this->judge([]));
    }

    public function testFilesAndUploadsMayBeLeftByTheKilledOnly(): void
    {
        $leave = function (): array {
            $judge = $this->read();
            $judge->upload(self::SLOT, self::KEY, 1_000_010, 2);
            $judge->leftovers(self::SLOT, ['.down.x.s3storage-tmp']);
            return array_column($judge->violations, 'kind');
        };
        $this->operation('downloadFile', [], null, ['left' => ['.down.y.s3storage-tmp']]);
        self::assertSame(['leftover', 'orphan', 'leftover'], $leave());
        $this->note(['kill' => 100]);
        self::assertSame(['leftover'], $leave(), 'the one that it left while it lived');
    }

    public function testAnUploadOfACallThatFailedIsNoneThatWasReportedDone(): void
    {
        $this->operation('uploadLarge', [self::KEY => self::A], 'CONNECTION_FAILED');
        $judge = $this->read();
        $judge->upload(self::SLOT, self::KEY, 1_000_001, 2);
        self::assertSame([], $judge->violations);
        $this->operation('uploadLarge', [self::OTHER => self::A]);
        $judge = $this->read();
        $judge->upload(self::SLOT, self::OTHER, 1_000_001, 2);
        self::assertSame(['orphan'], array_column($judge->violations, 'kind'));
    }

    public function testWhatGrowsIsTold(): void
    {
        $flat = ['rss' => 30_000, 'pss' => 6_000, 'heap' => 5_000, 'descriptors' => 20, 'threads' => 1];
        $ends = ['rss' => 90_000, 'pss' => 60_000, 'heap' => 8_000, 'descriptors' => 40, 'threads' => 9];
        foreach ($ends as $what => $end) {
            $this->process(300 + $end);
            for ($i = 0; $i < 40; $i++) {
                $grown = (int) ($flat[$what] + ($end - $flat[$what]) * $i / 39);
                $this->note(['sample' => [$what => $grown] + $flat]);
            }
            $judge = $this->read();
            $judge->flatness();
            self::assertCount(1, $judge->violations, $what);
            self::assertStringStartsWith("$what:", $judge->violations[0]['text']);
            self::assertSame('growth', $judge->violations[0]['kind']);
            unlink((string) $this->journal?->path);
        }
    }

    public function testASteadyProcessIsFlatAndOneWithoutSamplesIsNot(): void
    {
        for ($i = 0; $i < 40; $i++) {
            $this->note(['sample' =>
                ['rss' => 30_000 + $i % 7 * 900, 'pss' => 6_000, 'descriptors' => 20, 'threads' => 1]]);
        }
        $judge = $this->read();
        $judge->flatness();
        self::assertSame([], $judge->violations);
        $judge->samples[self::SLOT] = array_slice($judge->samples[self::SLOT], 0, 2);
        $judge->flatness();
        self::assertSame(['growth'], array_column($judge->violations, 'kind'));
    }

    public function testARunInWhichNothingHappenedProvesNothing(): void
    {
        $events = array_fill_keys(['reset', 'closed', 'lost', 'slow', 'late', 'kills'], 1);
        $this->write(self::KEY, self::A);
        $this->operation('read', [], 'TIMEOUT');
        $judge = $this->read();
        $judge->activity('minio', ['write'], $events);
        self::assertSame([], $judge->violations);
        $judge->activity('minio', ['write', 'read'], ['kills' => 0] + $events);
        self::assertSame(['read was never done', 'kills: there was none'], array_column($judge->violations, 'text'));
    }

    public function testALossIsTheServersOnlyIfItsWitnessHasOneAtTheSameKill(): void
    {
        $this->write(self::KEY, self::A);
        $judge = $this->read();
        $judge->objects(self::SLOT, []);
        $kill = $judge->violations[0]['at'] + 1.0;
        self::assertCount(1, $judge->answerable('minio', [$kill]), 'a kill alone is no excuse');
        $judge->violate('lost', 'minio-witness', 'minio-witness/1 is absent', $kill - 2.0);
        self::assertSame([], $judge->answerable('minio', [$kill]));
        self::assertCount(2, $judge->answerable('minio', [$kill + 60.0]), 'another kill explains nothing');
        $judge->violate('corrupted', self::SLOT, 'later', $kill + 1.0);
        self::assertCount(1, $judge->answerable('minio', [$kill]), 'nor what came after it');
    }

    public function testAFileThatIsLeftIsTheServersOnlyByItsNameAndAKillAtItsTime(): void
    {
        $this->write(self::KEY, self::A);
        $judge = $this->read();
        $kill = Journal::now();
        $name = static fn (float $early) => sprintf('/.a.sgwtmp.%d', (int) ((microtime(true) - $early) * 1e9));
        $judge->violate('phantom', 'versitygw-forking', "list 1: versitygw-forking{$name(0.1)} is ?unknown of 3 bytes");
        self::assertSame([], $judge->answerable('versitygw', [$kill]));
        self::assertCount(1, $judge->answerable('versitygw', [$kill - 5.0, $kill + 5.0]), 'at no kill');
        $judge->violate('phantom', 'versitygw-forking', "list 2: versitygw-forking{$name(9.0)} is ?unknown of 3 bytes");
        self::assertCount(1, $judge->answerable('versitygw', [$kill]), 'of another time');
        $judge->violate('phantom', 'versitygw-forking', 'list 3: versitygw-forking/.a is ?unknown of 3 bytes');
        $judge->violate('corrupted', 'versitygw-forking', "list 4: versitygw-forking{$name(0.1)} is ?unknown");
        self::assertCount(3, $judge->answerable('versitygw', [$kill]), 'of another name, or kind');
        $judge->violate('phantom', 'minio-forking', "list 5: minio-forking{$name(0.1)} is ?unknown of 3 bytes");
        self::assertCount(1, $judge->answerable('minio', [$kill]), 'of another server');
    }

    /**
     * The kinds of what is violated, with these objects on the server in the end.
     *
     * @param array<string, string|null> $objects names of contents by key
     * @return list<string>
     */
    private function judge(array $objects): array
    {
        $judge = $this->read();
        $judge->objects(self::SLOT, array_map(
            static fn (?string $name) => $name === null ? null : Content::digestOf($name) . ' ' . Content::size($name),
            $objects,
        ));
        return array_column($judge->violations, 'kind');
    }

    private function read(): Judge
    {
        $judge = new Judge($this->folder);
        $judge->journals();
        return $judge;
    }

    /** @param array<string, mixed> $ledger what it begins with */
    private function process(int $pid, array $ledger = ['possible' => [], 'pairs' => []]): void
    {
        $this->journal = new Journal(sprintf('%s/%s.%04d.jsonl', $this->folder, self::SLOT, $this->files++));
        $this->note(['begin' => $pid, 'slot' => self::SLOT, 'role' => 'steady', 'wall' => 1_000_000.0,
            'ledger' => $ledger, 'touched' => []]);
    }

    private function write(string $key, string $content, ?string $code = null, float $seconds = 1.0): void
    {
        $this->operation('write', [$key => $content], $code, [], [], $seconds);
    }

    private function move(string $code, string $message): void
    {
        $changes = [self::KEY => null, self::OTHER => self::A];
        $pair = ['pair' => [self::KEY, self::OTHER]];
        $this->operation('move', $changes, $code, ['message' => $message], $pair);
    }

    /**
     * @param array<string, string|null> $changes
     * @param array<string, mixed> $end
     * @param array<string, mixed> $more
     */
    private function operation(
        string $operation,
        array $changes,
        ?string $code = null,
        array $end = [],
        array $more = [],
        float $seconds = 1.0,
    ): void {
        $id = ++$this->id;
        $begin = ['do' => $operation, 'id' => $id, 'limit' => 10.0, 'changes' => $changes, 'at' => 1001.0];
        $this->note($begin + $more);
        $this->note(['end' => $id, 'code' => $code, 'at' => 1001.0 + $seconds] + $end);
    }

    /** @param array<string, mixed> $line */
    private function note(array $line): void
    {
        $this->journal?->note($line + ['at' => 1000.0]);
    }
}
