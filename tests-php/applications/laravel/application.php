<?php

declare(strict_types=1);

use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\Storage;
use S3Storage\Tests\LaravelApplication;

// An application of Laravel whose disk keeps Laravel's own driver `s3`, which the library takes over.
require __DIR__ . '/../../autoload.php';
require 'Illuminate/autoload.php';

$disk = ['driver' => 's3', 'key' => getenv('S3_ACCESS_KEY'), 'secret' => getenv('S3_SECRET_KEY'),
    'region' => 'us-east-1', 'bucket' => getenv('S3_BUCKET'), 'endpoint' => getenv('S3_ENDPOINT'),
    'use_path_style_endpoint' => true, 'root' => getenv('APP_PREFIX'), 'throw' => true];
$application = new LaravelApplication(['s3' => $disk], ['replace_s3_driver' => true]);
register_shutdown_function($application->end(...));
// As in production: Debian's packages are older than the running PHP, which says so.
ini_set('display_errors', '0');

Route::get('/files', static function () {
    $sizes = [];
    foreach (Storage::allFiles() as $path) {
        $sizes[$path] = Storage::size($path);
    }
    return new JsonResponse((object) $sizes);
});
Route::put('/files/{path}', static function (Request $request, string $path) {
    Storage::writeStream($path, $request->getContent(true));
    return new Response('', 201);
})->where('path', '.+');
Route::get('/files/{path}', static fn (string $path) => Storage::response($path))->where('path', '.+');
Route::get('/links/{path}', static function (string $path) {
    return new JsonResponse(['url' => Storage::temporaryUrl($path, now()->addMinute())]);
})->where('path', '.+');
Route::delete('/files/{path}', static function (string $path) {
    Storage::delete($path);
    return new Response('', 204);
})->where('path', '.+');

return $application->app;
