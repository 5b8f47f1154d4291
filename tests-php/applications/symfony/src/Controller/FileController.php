<?php

declare(strict_types=1);

namespace App\Controller;

use DateTimeImmutable;
use League\Flysystem\FilesystemOperator;
use S3Storage\Storage;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\StreamedResponse;
use Symfony\Component\Routing\Attribute\Route;

/** Files by Flysystem; answers with ranges by the storage itself. */
final class FileController
{
    public function __construct(
        private readonly FilesystemOperator $uploadsStorage,
        private readonly Storage $uploads,
    ) {
    }

    #[Route('/files', methods: 'GET')]
    public function list(): Response
    {
        $sizes = [];
        foreach ($this->uploadsStorage->listContents('', true) as $entry) {
            $sizes[$entry->path()] = $entry->fileSize();
        }
        return new JsonResponse($sizes);
    }

    #[Route('/files/{path}', methods: 'PUT', requirements: ['path' => '.+'])]
    public function store(string $path, Request $request): Response
    {
        $this->uploadsStorage->writeStream($path, $request->getContent(true));
        return new Response(status: 201);
    }

    #[Route('/files/{path}', methods: 'GET', requirements: ['path' => '.+'])]
    public function show(string $path, Request $request): Response
    {
        $answer = $this->uploads->openResponse($path, range: $request->headers->get('Range'));
        return new StreamedResponse(static function () use ($answer): void {
            $answer->stream === null || fpassthru($answer->stream);
        }, $answer->status, $answer->headers);
    }

    #[Route('/links/{path}', methods: 'GET', requirements: ['path' => '.+'])]
    public function link(string $path): Response
    {
        $expires = new DateTimeImmutable('+1 minute');
        return new JsonResponse(['url' => $this->uploadsStorage->temporaryUrl($path, $expires)]);
    }

    #[Route('/files/{path}', methods: 'DELETE', requirements: ['path' => '.+'])]
    public function delete(string $path): Response
    {
        $this->uploadsStorage->delete($path);
        return new Response(status: 204);
    }
}
