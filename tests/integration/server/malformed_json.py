"""Documents that are not JSON. Each has one thing wrong with it."""

MALFORMED = [
    # arrays
    b"[1 true]", b"[1,,2]", b"[,1]", b"[1,]", b"[1,,]", b"[", b"]", b"[1", b"[1,", b'["a"', b"[x", b"[*]", b"[1}",
    b"[[]", b"[]]", b"[3[4]]", b"['']", b"[,]", b"[-]", b"[a]", b"[1:2]",
    # numbers
    b"[-01]", b"[+1]", b"[.5]", b"[5.]", b"[-.5]", b"[1e]", b"[1e+]", b"[1E1.5]", b"[0x1F]", b"[1_000]", b"[012]",
    b"[--1]", b"[1 000]", b"[Inf]", b"[-Infinity]", b"[NaN]", b"[1.2a-3]", b"[\xef\xbc\x91]", b"[2.e3]", b"[9.e+]",
    b"[0e]",
    # objects
    b'{"a"}', b'{"a":}', b'{"a" 1}', b"{a: 1}", b"{'a': 1}", b'{"a":1,}', b'{"a":1,,"b":2}', b'{"a":"b"}#',
    b'{"a":1', b'{"a"::1}', b"{1:1}", b"{null:1}", b'{"a":1}}', b'{"a":1 "b":2}', b"{[", b'{"', b"}",
    b'{"a":/**/1}', b'{"a":1}//', b'{"a":1};', b"{,}",
    # strings
    b'["a', b'["\\x00"]', b'["\\u00"]', b'["\\uD8"]', b'["\\', b'["\\a"]', b'["\t"]', b'["\n"]', b'["\x00"]',
    b'["\x1f"]', b'["\\uqqqq"]', b'["\\U0041"]', b"'a'", b'["a" "b"]',
    # words and what stands around a document
    b"[nul]", b"[tru]", b"[True]", b"[undefined]", b"[None]", b"<null>", b"123abc", b"1 2", b"a", b"\xe2\x81\xa0",
    b"\x0c[]", b"[\x0c]", b"\xc2\xa0{}", b"[]\x00", b"{}{}", b"# {}", b"a\xc3\xa5", b"(1)", b"```json\n{}\n```",
    b"<html></html>", b"&amp;",
]  # fmt: skip
