<?php

declare(strict_types=1);

namespace S3Storage\Benches;

/**
 * A presigned URL made by PHP itself: for the method that the extension presigns no URL for (HEAD), and as what a
 * hand-written signer takes.
 *
 * Source: Amazon S3 API reference, "Authenticating requests: using query parameters".
 */
final class SigV4
{
    private const REGION = 'us-east-1';

    /** @param string $url without a query; its path is encoded already */
    public static function presign(string $method, string $url, string $key, string $secret, int $seconds): string
    {
        $parts = parse_url($url);
        $host = $parts['host'] . (isset($parts['port']) ? ":{$parts['port']}" : '');
        $time = gmdate('Ymd\THis\Z');
        $scope = substr($time, 0, 8) . '/' . self::REGION . '/s3/aws4_request';
        $query = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=' . rawurlencode("$key/$scope")
            . "&X-Amz-Date=$time&X-Amz-Expires=$seconds&X-Amz-SignedHeaders=host";
        $request = "$method\n{$parts['path']}\n$query\nhost:$host\n\nhost\nUNSIGNED-PAYLOAD";
        $toSign = "AWS4-HMAC-SHA256\n$time\n$scope\n" . hash('sha256', $request);
        $signingKey = "AWS4$secret";
        foreach (explode('/', $scope) as $part) {
            $signingKey = hash_hmac('sha256', $part, $signingKey, true);
        }
        return "$url?$query&X-Amz-Signature=" . hash_hmac('sha256', $toSign, $signingKey);
    }
}
