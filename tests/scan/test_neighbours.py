from portview.scan.neighbours import Table, read_table


def test_loopback_is_never_searched_for() -> None:
    assert not {("127.0.0.1", 0), ("::1", 0)} & read_table().lost


def table(found: str = "", lost: str = "") -> Table:
    return Table(*(frozenset((one, 1) for one in names) for names in (found, lost)))


def test_who_was_searched_for_in_vain_stays_lost_until_found() -> None:
    known = table(lost="abc").then(table(found="b", lost="d"))
    assert known == table(found="b", lost="acd")
    assert known.then(table()) == table(lost="acd")
    assert known.then(table(lost="b")) == table(lost="abcd")
