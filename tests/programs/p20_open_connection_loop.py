# The plain-asyncio twin of a02: connections and timeouts in a long-lived task leave nothing behind.
from _h import *
async def main():
    async def h(r, w): w.close()
    srv = await asyncio.start_server(h, "127.0.0.1", 0)
    port = srv.sockets[0].getsockname()[1]
    for _ in range(5):
        async with asyncio.timeout(1):
            r, w = await asyncio.open_connection("127.0.0.1", port)
        w.close()
    srv.close()
    return {"residual": n()}
run("p20_open_connection_loop", main, {"residual": 0})
