"""Tags, by either family of operations."""

import json
import uuid

from world import scenario


def tag_json(**tags):
    return json.dumps([{"TagKey": key, "TagValue": value} for key, value in tags.items()])


def tags_of(w, key):
    rows = w.call("ListResourceTags", KeyId=key)["Tags"]["Tag"]
    for row in rows:
        assert set(row) == {"KeyId", "TagKey", "TagValue"} and row["KeyId"] == key, row
    return {row["TagKey"]: row["TagValue"] for row in rows}


@scenario("one key's tags are set, overwritten and removed")
def tag_resource(w):
    key = w.new_key()
    assert w.call("ListResourceTags", KeyId=key)["Tags"] == {"Tag": []}
    w.call("TagResource", KeyId=key, Tags=tag_json(project="apollo", cost="1"))
    w.call("TagResource", KeyId=key, Tags=tag_json(cost="2", empty=""))
    assert tags_of(w, key) == {"project": "apollo", "cost": "2", "empty": ""}
    w.call("UntagResource", KeyId=key, TagKeys='["cost","never-there"]')
    assert tags_of(w, key) == {"project": "apollo", "empty": ""}
    twice = '[{"TagKey":"a","TagValue":"1"},{"TagKey":"a","TagValue":"2"}]'
    w.refused(400, "Duplicate.TagKey", "TagResource", KeyId=key, Tags=twice)
    w.refused(400, "InvalidParameter.TagKey", "TagResource", KeyId=key, Tags=tag_json(**{"k" * 129: "v"}))
    w.refused(400, "InvalidParameter.TagKey", "TagResource", KeyId=key, Tags=tag_json(**{"acs:x": "v"}))
    w.refused(400, "InvalidParameter.TagKey", "TagResource", KeyId=key, Tags=tag_json(aliyun="v"))
    w.refused(400, "InvalidParameter.TagValue", "TagResource", KeyId=key, Tags=tag_json(k="v" * 257))
    w.refused(400, "InvalidParameter.TagValue", "TagResource", KeyId=key, Tags=tag_json(k="a*b"))
    w.refused(400, "InvalidParameter", "TagResource", KeyId=key, Tags='{"TagKey":"a","TagValue":"1"}')
    many = {f"t{i}": "v" for i in range(18)}
    w.call("TagResource", KeyId=key, Tags=tag_json(**many))
    w.refused(400, "Rejected.LimitExceeded", "TagResource", KeyId=key, Tags=tag_json(one="more"))
    assert len(tags_of(w, key)) == 20


@scenario("many keys' tags are set, searched and removed")
def tag_resources(w):
    one, two = w.new_key(), w.new_key()
    mark = uuid.uuid4().hex
    region = {"RegionId": w.target.region, "ResourceType": "key"}
    tags = [{"Key": "mark", "Value": mark}, {"Key": "kind", "Value": "test"}]
    w.call("TagResources", **region, ResourceId=[one, two], Tag=tags)
    rows = w.call("ListTagResources", **region, ResourceId=[one])["TagResources"]["TagResource"]
    assert sorted((r["TagKey"], r["TagValue"]) for r in rows) == [("kind", "test"), ("mark", mark)], rows
    for row in rows:
        assert set(row) == {"ResourceId", "ResourceType", "TagKey", "TagValue"}, row
        assert (row["ResourceId"], row["ResourceType"]) == (one, "key"), row
    answer = w.call("ListTagResources", **region, Tag=[{"Key": "mark", "Value": mark}])
    assert {row["ResourceId"] for row in answer["TagResources"]["TagResource"]} == {one, two}, answer
    assert answer.get("NextToken") == "", answer
    w.call("UntagResources", **region, ResourceId=[one, two], TagKey=["kind"])
    assert tags_of(w, one) == tags_of(w, two) == {"mark": mark}
    w.call("UntagResources", **region, ResourceId=[one], All=True)
    assert tags_of(w, one) == {} and tags_of(w, two) == {"mark": mark}
    absent = str(uuid.uuid4())
    w.refused(404, "InvalidResourceId.NotFound", "TagResources", **region, ResourceId=[two, absent], Tag=tags)
    assert tags_of(w, two) == {"mark": mark}, "a refused request has changed something"
    w.refused(
        400, "InvalidParameter", "TagResources", **{**region, "ResourceType": "disk"}, ResourceId=[two], Tag=tags
    )
