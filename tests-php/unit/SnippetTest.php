<?php

declare(strict_types=1);

namespace S3Storage\Tests;

/** What the documents show runs as it stands there. */
final class SnippetTest extends FileTestCase
{
    /** Documents whose PHP is run by another test, since it needs more than this one has. */
    private const ELSEWHERE = ['flysystem.md', 'laravel.md', 'symfony.md'];

    private const MEMORY = [
        'default' => 'uploads',
        'servers' => ['main' => ['driver' => 'memory']],
        'buckets' => [
            'uploads' => ['server' => 'main', 'bucket' => 'uploads'],
            'documents' => ['server' => 'main', 'bucket' => 'documents'],
        ],
    ];

    public function testNoDocumentIsForgotten(): void
    {
        preg_match_all('/run\(\'([^\']+\.md)\'/', (string) file_get_contents(__FILE__), $here);
        $run = [...$here[1], 'testing.md', ...self::ELSEWHERE];
        self::assertSame([], array_diff(Snippets::documents(), $run), 'documents whose PHP nothing runs');
    }

    public function testTheTourOfTheReadme(): void
    {
        $this->file('moving pictures', 'talk.mp4');
        $environment = [
            'S3_ENDPOINT' => Environment::endpoint(), 'S3_BUCKET' => Environment::bucket(),
            'S3_ACCESS_KEY' => Environment::accessKey(), 'S3_SECRET_KEY' => Environment::secretKey(),
        ];
        $places = [
            '/srv/talk.mp4' => "$this->folder/talk.mp4",
            "'prefix' => 'uploads/'" => "'prefix' => '$this->prefix'",
        ];
        $said = self::said(Snippets::run('../README.md', [], '', $places, $environment));
        $lines = explode("\n", $said);
        $first = array_slice($lines, 0, 2);
        sort($first);
        self::assertMatchesRegularExpression('/^dump.sql.gz \d+ bytes$/', $first[0]);
        self::assertSame('notes/today.txt 5 bytes', $first[1]);
        self::assertStringStartsWith('dump.sql.gz ', $lines[2]);
        self::assertSame(['notes/today.txt 5', 'talk.mp4 15'], array_slice($lines, 3, 2));
        self::assertSame('moving pictures', Curl::get($lines[5])->body);
        self::assertSame('FILE_NOT_FOUND', $lines[6]);
    }

    public function testTheStreamWrapper(): void
    {
        $result = Snippets::run('stream-wrapper.md', self::MEMORY, '$s3 = new S3Storage();');
        self::assertSame("a;b\n1;2\na, b\n1, 2\nreport.csv 8\nFILE_NOT_FOUND\n", self::said($result));
    }

    public function testFutures(): void
    {
        $before = '$s3 = new S3Storage(); $s3->write("mail/template.html", "<p>"); $s3->write("mail/logo.png", "png");';
        self::assertSame("there\n", self::said(Snippets::run('futures.md', self::MEMORY, $before)));
    }

    public function testConfiguration(): void
    {
        $environment = ['MINIO_KEY' => 'key', 'MINIO_SECRET' => 'secret'];
        $after = <<<'PHP'
            $s3->bucket('uploads')->write('a.txt', 'in a folder');
            echo file_get_contents('/srv/files/uploads/a.txt');
            $s3->bucket('uploads')->deletePrefix('', all: true);
            $s3->bucket('scratch')->write('b.txt', ' and in memory');
            echo $s3->bucket('scratch')->read('b.txt');
            PHP;
        $after = str_replace('/srv/files', $this->folder, $after);
        $result = Snippets::run('configuration.md', [], '', ['/srv/files' => $this->folder], $environment, $after);
        self::assertSame('in a folder and in memory', self::said($result));
        shell_exec('rm -r ' . escapeshellarg($this->folder) . '/*');
    }

    public function testObservability(): void
    {
        $before = 'require ' . var_export(dirname(__DIR__) . '/documents/apcu.php', true) . <<<'PHP'
            ;
            $s3 = new S3Storage();
            $tracer = new S3Storage\Tests\RecordingTracer();
            OpenTelemetry\API\Globals::$provider = OpenTelemetry\API\Trace\Span::$current = $tracer;
            PHP;
        $between = '$s3->write("a.txt", "a"); $s3->exists("a.txt"); $s3->exists("b.txt");';
        $places = ["// The page that is scraped.\n" => "$between\n"];
        $after = '$s3->read("a.txt"); echo $tracer->spans[0]["name"];';
        $result = Snippets::run('observability.md', self::MEMORY, $before, $places, [], $after);
        $lines = explode("\n", self::said($result));
        $counter = 's3storage_operations_total{bucket="uploads",operation="%s",outcome="done"} %d';
        self::assertContains(sprintf($counter, 'exists', 2), $lines);
        self::assertContains(sprintf($counter, 'write', 1), $lines);
        self::assertSame('S3 read', end($lines));
    }

    public function testMovingOver(): void
    {
        $result = Snippets::run('../UPGRADING.md', [], '', [], [], 'echo get_class($s3);');
        self::assertSame('S3Storage', self::said($result));
    }

    public function testRoadRunner(): void
    {
        $before = '$s3 = new S3Storage(); $bytes = "jpg"; $s3->bucket("documents")->write("a.pdf", "%PDF");';
        $result = Snippets::run('roadrunner.md', self::MEMORY, $before, [], [], 'echo $bytes;');
        self::assertSame('%PDF', self::said($result));
    }

    public function testTheLibrary(): void
    {
        if (!class_exists(\League\Flysystem\Filesystem::class)) {
            self::markTestSkipped('Flysystem 3 is not installed');
        }
        $config = $this->config();
        $config = ['s3' => ['default' => 'uploads', 'buckets' => ['uploads' => $config['buckets']['files']]] + $config];
        $this->file(json_encode($config), '.rr.yaml');
        $before = "\$s3 = new S3Storage('$this->folder/.rr.yaml'); \$s3->write('b.txt', 'there');";
        $after = 'echo $files->read("b.txt"), " ", $s3->read("a.txt");';
        $result = Snippets::run('../php/README.md', [], $before, ['/srv/app' => $this->folder], [], $after);
        self::assertSame('there hello', self::said($result));
    }

    public function testTests(): void
    {
        $file = $this->file("<?php\n" . Snippets::of('testing.md'), 'ReportsTest.php');
        $phpunit = (string) shell_exec('command -v phpunit');
        $said = self::said(Php::file(trim($phpunit), ['--no-configuration', $file]));
        self::assertStringContainsString('OK (3 tests, 5 assertions)', $said);
    }

    private static function said(Php $result): string
    {
        self::assertSame(['', 0], [$result->errors, $result->exitCode], $result->output);
        return $result->output;
    }
}
