from portview.scan.canary import PATIENCE_S, Canary
from portview.scan.loss import Loss


def lossless() -> Loss:
    loss = Loss()
    for _ in range(1000):
        loss.answered(1)
    return loss


def test_a_port_that_refuses_is_preferred() -> None:
    canary = Canary()
    assert canary.port is None
    canary.offer(443, is_open=True)
    assert canary.port == 443
    canary.offer(1234, is_open=False)
    canary.offer(80, is_open=True)
    assert canary.port == 1234


def test_ssh_is_never_asked() -> None:
    canary = Canary()
    canary.offer(22, is_open=True)
    assert canary.port is None
    assert not canary.is_due(100.0, 0.1)


def test_open_ones_take_turns_when_they_fail() -> None:
    canary = Canary()
    canary.offer(443, is_open=True)
    canary.offer(80, is_open=True)
    canary.missed(1.0, lossless())
    assert canary.port == 80


def test_it_is_sent_often_but_not_while_one_flies() -> None:
    canary = Canary()
    canary.offer(1234, is_open=False)
    assert canary.is_due(1.0, 0.1)
    canary.sent(1.0)
    assert not canary.is_due(2.0, 0.1)
    canary.is_flying = False
    assert not canary.is_due(1.04, 0.1)
    assert canary.is_due(1.05, 0.1)
    assert not canary.is_due(1.4, 1.0)


def test_a_service_is_asked_less_often() -> None:
    canary = Canary()
    canary.offer(443, is_open=True)
    canary.sent(1.0)
    canary.is_flying = False
    assert not canary.is_due(1.4, 0.1)
    assert canary.is_due(1.5, 0.1)


def test_several_must_fail_in_a_row() -> None:
    canary = Canary()
    canary.offer(1234, is_open=False)
    assert [canary.missed(float(now), lossless()) for now in range(3)] == [False, False, True]
    assert canary.is_lost
    assert not canary.missed(4.0, lossless())
    canary.answered()
    assert not canary.is_lost
    assert not canary.missed(5.0, lossless())


def test_where_packets_get_lost_more_of_them_must_fail() -> None:
    loss = Loss()
    for _ in range(100):
        loss.answered(2)
    canary = Canary()
    canary.offer(1234, is_open=False)
    misses = [canary.missed(float(now), loss) for now in range(20)]
    assert misses.index(True) == 16


def test_patience_ends() -> None:
    canary = Canary()
    canary.offer(1234, is_open=False)
    for now in range(3):
        canary.missed(float(now), lossless())
    assert not canary.is_given_up(2.0 + PATIENCE_S - 0.1)
    assert canary.is_given_up(2.0 + PATIENCE_S)
