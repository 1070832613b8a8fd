import anyio
import pytest

from app.backend import ask

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def port():
    async def answer(stream):
        async with stream:
            await stream.send((await stream.receive()).upper())

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, answer)
        yield listener.extra(anyio.abc.SocketAttribute.local_port)
        group.cancel_scope.cancel()


async def test_ask(port):
    assert await ask(port, b"one") == b"ONE"


async def test_ask_twice(port):
    assert [await ask(port, b"one"), await ask(port, b"two")] == [b"ONE", b"TWO"]
