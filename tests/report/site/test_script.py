from __future__ import annotations

import json

import numpy as np

from bumpcast.report.site.script import as_json, registered


def test_nothing_in_a_text_can_end_the_script():
    text = "</script><!-- & \u2028 \u2029 'quote' \"quote\" \\ µ"
    spelled = as_json({"<key>": [text]})
    assert not set("<>&\u2028\u2029") & set(spelled)
    assert json.loads(spelled) == {"<key>": [text]}


def test_numbers_that_json_lacks_are_null():
    assert as_json([np.nan, float("inf"), np.float32(1.5), np.int64(3), np.array([1, 2])]) == (
        "[null,null,1.5,3,[1,2]]"
    )
    assert as_json((None, True, {"a": {1: 2}})) == '[null,true,{"a":{"1":2}}]'


def test_what_is_no_json_is_a_text(tmp_path):
    assert as_json(tmp_path) == f'"{tmp_path}"'


def test_a_script_says_what_it_brings_and_to_whom():
    assert registered("abc", "run", {"x": "µ"}) == (
        'bumpcast.loading.take("abc","run",{"x":"µ"});\n'.encode()
    )
