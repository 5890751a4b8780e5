from portview.scan.plan import Plan
from portview.scan.ranges import findings
from portview.scan.records import PortResult, Reason, ScanHost
from portview.tui.canvas import CODES, UNTESTED, Canvas
from portview.vocabulary import Protocol, State

NAS = ScanHost("192.0.2.7", "nas.lan")
PLAN = Plan((NAS, ScanHost("192.0.2.8")), {Protocol.TCP: (22, 23, 80, 443), Protocol.UDP: (53,)})
REASONS = {State.OPEN: Reason.SYN_ACK, State.CLOSED: Reason.CONN_REFUSED}


def result(
    port: int, state: State, address: str = NAS.address, protocol: Protocol = Protocol.TCP
) -> PortResult:
    return PortResult(address, port, protocol, state, REASONS.get(state, Reason.NO_RESPONSE))


def test_a_picture_has_rows_open_ones_first_and_a_code_for_every_port_asked() -> None:
    canvas = Canvas(PLAN, findings)
    canvas.add([result(23, State.CLOSED), result(80, State.CLOSED), result(22, State.CLOSED, "192.0.2.8")])
    canvas.add([result(443, State.OPEN), result(53, State.OPEN_OR_FILTERED, protocol=Protocol.UDP)])
    picture = canvas.picture()
    rows = [(row.host.address, row.ports.label, row.ports.state) for row in picture.found]
    assert rows == [
        ("192.0.2.7", "443", State.OPEN),
        ("192.0.2.7", "23-80", State.CLOSED),
        ("192.0.2.7", "53", State.OPEN_OR_FILTERED),
        ("192.0.2.8", "22", State.CLOSED),
    ]
    assert picture.found[0].host is NAS
    closed, is_open = CODES[State.CLOSED], CODES[State.OPEN]
    assert list(picture.codes[NAS.address, Protocol.TCP]) == [UNTESTED, closed, closed, is_open]
    assert list(picture.codes[NAS.address, Protocol.UDP]) == [CODES[State.OPEN_OR_FILTERED]]


def test_a_later_result_takes_the_place_of_the_earlier() -> None:
    canvas = Canvas(PLAN, findings)
    canvas.add([result(22, State.FILTERED)])
    before = canvas.picture()
    canvas.add([result(22, State.OPEN)])
    now = canvas.picture()
    assert [row.ports.state for row in before.found] == [State.FILTERED]
    assert [row.ports.state for row in now.found] == [State.OPEN]
    assert before.codes != now.codes


def test_words_stand_with_their_port() -> None:
    canvas = Canvas(PLAN, findings)
    canvas.add([result(22, State.OPEN), result(22, State.OPEN, "192.0.2.8")])
    canvas.hear(result(22, State.OPEN, "192.0.2.8"), "SSH-2.0-x")
    assert {row.host.address: row.said for row in canvas.picture().found} == {
        "192.0.2.7": "",
        "192.0.2.8": "SSH-2.0-x",
    }


def test_pictures_come_now_and_then() -> None:
    canvas = Canvas(PLAN, findings)
    assert canvas.picture_if_due() is not None
    assert canvas.picture_if_due() is None
