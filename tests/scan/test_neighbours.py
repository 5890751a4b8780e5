from portview.scan.neighbours import read_table


def test_loopback_is_never_searched_for() -> None:
    assert not {("127.0.0.1", 0), ("::1", 0)} & read_table().lost
