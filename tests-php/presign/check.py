"""Compares presigned URLs with those that botocore makes of the same parameters at the same time.

Reads the lines of emit.php from standard input; prints the differences and `N of N equal`. Equal are scheme, host, path,
the query as a map (its order carries no meaning), with it the signature, and the headers that the holder has to send.
"""

import datetime
import json
import sys
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import botocore.auth
import botocore.session
from botocore.config import Config

SESSION = botocore.session.Session()
# One cause makes many differences: so many cases are shown in full.
SHOWN = 10


class Botocore:
    """A client for the place of a case, at the time of our URL."""

    def __init__(self, case):
        place, credentials = case["place"], case["credentials"]
        endpoint = place.get("public") or place["endpoint"]
        # As the extension has it: an endpoint of one's own means the bucket in the path, if nothing else is said.
        path_style = place.get("path_style", endpoint is not None)
        self.headers = {}
        self.client = SESSION.create_client(
            "s3",
            region_name=place["region"],
            endpoint_url=endpoint,
            aws_access_key_id=credentials["key"],
            aws_secret_access_key=credentials["secret"],
            aws_session_token=credentials.get("token"),
            config=Config(
                signature_version="s3v4",
                s3={
                    "addressing_style": "path" if path_style else "virtual",
                    # Not the global host of old: it sends buckets of other regions elsewhere by redirects.
                    "us_east_1_regional_endpoint": "regional",
                },
                # A presigned URL knows no body that could have a checksum.
                request_checksum_calculation="when_required",
            ),
        )
        self.client.meta.events.register("before-sign.s3", self.keep_headers)

    def keep_headers(self, request, **_):
        self.headers = {name.lower(): text(value) for name, value in request.headers.items()}

    def presign(self, case):
        put = case["method"] == "presignPut"
        names = {
            "contentType": "ContentType" if put else "ResponseContentType",
            "contentDisposition": "ResponseContentDisposition",
            "versionId": "VersionId",
        }
        params = {"Bucket": case["bucket"], "Key": case["key"]}
        params.update({theirs: case[ours] for ours, theirs in names.items() if case[ours] is not None})
        if case["visibility"] is not None:
            params["ACL"] = {"public": "public-read", "private": "private"}[case["visibility"]]
        url = self.client.generate_presigned_url(
            "put_object" if put else "get_object", Params=params, ExpiresIn=case["expiresIn"]
        )
        return {"url": url, "method": "PUT" if put else "GET", "headers": self.headers}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def parts(signed):
    """What has to be equal, by name."""
    url = urlsplit(signed["url"])
    pairs = parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)
    query = dict(pairs)
    if len(query) != len(pairs):
        raise ValueError(f"a parameter is there twice: {signed['url']}")
    result = {f"query {name}": value for name, value in query.items()}
    result.update({f"header {name.lower()}": value for name, value in signed["headers"].items()})
    result["method"] = signed["method"]
    result["origin"] = urlunsplit((url.scheme, url.netloc, "", "", ""))
    result["path"] = url.path
    result["fragment"] = url.fragment
    return result


def differences(ours, theirs):
    ours, theirs = parts(ours), parts(theirs)
    return [
        f"{name}: ours {ours.get(name, 'absent')!r}, botocore's {theirs.get(name, 'absent')!r}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def assert_notices(signed):
    """A comparison that finds everything equal proves nothing; this one has to find what was changed."""
    for old, new in [("X-Amz-Signature=", "X-Amz-Signature=0"), ("?", "/?"), ("?", "?more=1&"), ("://", "://x.")]:
        changed = {**signed, "url": signed["url"].replace(old, new, 1)}
        assert len(differences(changed, signed)) == 1, f"{new} went unnoticed"
    assert differences({**signed, "headers": {"x-amz-acl": "private"}}, {**signed, "headers": {}}), "a header"


def time_of(url):
    stamp = dict(parse_qsl(urlsplit(url).query))["X-Amz-Date"]
    return datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")


def main():
    cases = [json.loads(line) for line in sys.stdin]
    equal = 0
    for number, case in enumerate(cases, 1):
        ours = case.pop("ours")
        # botocore reads its clock through this name; if it no longer does, X-Amz-Date differs in every case.
        botocore.auth.get_current_datetime = lambda now=time_of(ours["url"]): now
        theirs = Botocore(case).presign(case)
        found = differences(ours, theirs)
        equal += not found
        if found and number - equal > SHOWN:
            continue
        if found:
            print(f"case {number}: {json.dumps(case, ensure_ascii=False)}\n  " + "\n  ".join(found))
        else:
            assert_notices(ours)
    print(f"{equal} of {len(cases)} equal")
    return 0 if cases and equal == len(cases) else 1


sys.exit(main())
