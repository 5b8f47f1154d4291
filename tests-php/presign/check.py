"""Compares presigned URLs and forms with those that botocore makes of the same parameters at the same time.

Reads the lines of emit.php from standard input; prints the differences, `N of N equal` and `N of N policies equal`.
Equal are, of a URL: scheme, host, path, the query as a map (its order carries no meaning), with it the signature, and
the headers that the holder has to send. Of a form: the URL, every field, the policy as JSON with its conditions in
order, and the signature.
"""

import base64
import datetime
import json
import sys
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from xml.sax.saxutils import escape

import botocore.auth
import botocore.session
import botocore.signers
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
        }
        params = {"Bucket": case["bucket"], "Key": case["key"]}
        params.update({theirs: case[ours] for ours, theirs in names.items() if case[ours] is not None})
        # The options have botocore's names, but for their first letter.
        options = {name: value for name, value in case["options"].items() if value is not None}
        params.update({name[0].upper() + name[1:]: value for name, value in options.items()})
        if case["visibility"] is not None:
            params["ACL"] = {"public": "public-read", "private": "private"}[case["visibility"]]
        url = self.client.generate_presigned_url(
            "put_object" if put else "get_object", Params=params, ExpiresIn=case["expiresIn"]
        )
        return {"url": url, "method": "PUT" if put else "GET", "headers": self.headers}

    def presign_form(self, case):
        fields, conditions = fields_of(case), []
        for name, value in fields.items():
            conditions.append({name: value})
        if case["contentTypePrefix"] is not None:
            conditions.append(["starts-with", "$Content-Type", case["contentTypePrefix"]])
        low, high = case["minSize"], case["maxSize"]
        if low is not None or high is not None:
            # A request carries 5 GiB at most.
            conditions.append(["content-length-range", low or 0, 5 * 1024**3 if high is None else high])
        key = case["key"] + ("${filename}" if case["options"]["keyStartsWith"] else "")
        form = self.client.generate_presigned_post(case["bucket"], key, fields, conditions, case["expiresIn"])
        return {"url": form["url"], "fields": form["fields"]}


# The options of a form that have a field each, by the field's name.
FIELDS = {
    "Cache-Control": "cacheControl",
    "Content-Disposition": "contentDisposition",
    "Content-Encoding": "contentEncoding",
    "x-amz-storage-class": "storageClass",
    "acl": "visibility",
    "tagging": "tags",
    "success_action_status": "successActionStatus",
    "success_action_redirect": "successActionRedirect",
}


def fields_of(case):
    given = {
        **case["options"],
        "visibility": {"public": "public-read", "private": "private"}.get(case["visibility"]),
    }
    if given["tags"] is not None:
        given["tags"] = tagging(given["tags"])
    fields = {"Content-Type": case["contentType"]}
    fields.update({name: given.get(ours) for name, ours in FIELDS.items()})
    fields.update({f"x-amz-meta-{name}": value for name, value in case["metadata"].items()})
    return {name: str(value) for name, value in fields.items() if value is not None}


def tagging(tags):
    pairs = "".join(f"<Tag><Key>{escape(k)}</Key><Value>{escape(v)}</Value></Tag>" for k, v in tags.items())
    return f"<Tagging><TagSet>{pairs}</TagSet></Tagging>"


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def parts(signed):
    """What has to be equal, by name."""
    if "fields" in signed:
        policy = json.loads(base64.b64decode(signed["fields"]["policy"], validate=True))
        result = {f"field {name}": value for name, value in signed["fields"].items()}
        # As it reads, and as it is written: a signature covers bytes.
        return {**result, "url": signed["url"], "policy": policy}
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


def assert_notices_form(signed):
    """As above, for a form."""
    fields = signed["fields"]
    for name, value in [("x-amz-signature", "0"), ("key", fields["key"] + "/"), ("more", "1")]:
        assert len(differences({**signed, "fields": {**fields, name: value}}, signed)) == 1, f"{name} went unnoticed"
    assert differences({**signed, "url": signed["url"] + "?"}, signed), "the URL"
    for old, new in [(b'"bucket"', b'"bucke"'), (b"Z", b"0Z"), (b'"conditions": [', b'"conditions": [{"a": "b"}, ')]:
        policy = base64.b64encode(base64.b64decode(fields["policy"]).replace(old, new, 1)).decode()
        found = differences({**signed, "fields": {**fields, "policy": policy}}, signed)
        assert [line.split(":")[0] for line in found] == ["field policy", "policy"], f"{new} went unnoticed"


def time_of(signed):
    if "fields" in signed:
        stamp = signed["fields"]["x-amz-date"]
    else:
        stamp = dict(parse_qsl(urlsplit(signed["url"]).query))["X-Amz-Date"]
    return datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")


def count_equal(cases):
    """Compares, shows what differs, and counts what does not."""
    equal = 0
    for number, case in enumerate(cases, 1):
        ours = case.pop("ours")
        now = time_of(ours)
        # botocore reads its clock through these names; if it no longer does, the date differs in every case.
        botocore.auth.get_current_datetime = botocore.signers.get_current_datetime = lambda now=now: now
        is_form = case["method"] == "presignPost"
        theirs = Botocore(case).presign_form(case) if is_form else Botocore(case).presign(case)
        found = differences(ours, theirs)
        end = now.replace(tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=case["expiresIn"])
        if is_form and ours.pop("expiresAt") != end.timestamp():
            found.append("expiresAt is not the end of the policy")
        equal += not found
        if found and number - equal > SHOWN:
            continue
        if found:
            print(f"case {number}: {json.dumps(case, ensure_ascii=False)}\n  " + "\n  ".join(found))
        else:
            (assert_notices_form if is_form else assert_notices)(ours)
    return equal


def main():
    cases = [json.loads(line) for line in sys.stdin]
    urls = [case for case in cases if case["method"] != "presignPost"]
    forms = [case for case in cases if case["method"] == "presignPost"]
    equal_urls, equal_forms = count_equal(urls), count_equal(forms)
    print(f"{equal_urls} of {len(urls)} equal")
    print(f"{equal_forms} of {len(forms)} policies equal")
    return 0 if urls and forms and (equal_urls, equal_forms) == (len(urls), len(forms)) else 1


sys.exit(main())
