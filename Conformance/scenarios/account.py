"""The service as a whole."""

from world import scenario


@scenario("the regions hold the endpoint's own")
def regions(w):
    rows = w.call("DescribeRegions")["Regions"]["Region"]
    assert all(set(row) == {"RegionId"} for row in rows), rows
    assert w.target.region in [row["RegionId"] for row in rows], rows


@scenario("the account may use the service, which is open already")
def account(w):
    answer = w.call("DescribeAccountKmsStatus")
    assert answer["AccountStatus"] == "Enabled", answer
    w.refused(400, "Forbidden.Opened", "OpenKmsService")
