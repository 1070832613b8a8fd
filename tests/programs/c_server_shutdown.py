# Clean: a server in the manner of uvicorn exits: it stops its lifespan and cancels its handlers.
from _h import *
async def main():
    log = []; should_exit = asyncio.Event(); startup = asyncio.Event(); handlers = set()
    async def lifespan():
        startup.set()
        try: await should_exit.wait()
        finally: log.append("lifespan")
    async def handle(reader, writer):
        handlers.add(asyncio.current_task())
        for _ in range(40):
            try: await reader.readexactly(1); break
            except asyncio.IncompleteReadError: break
            except Exception: pass
        writer.close()
    life = asyncio.create_task(lifespan()); await startup.wait()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    await asyncio.sleep(0.02)
    should_exit.set(); server.close(); await life
    for t in list(handlers): t.cancel()
    await asyncio.wait(list(handlers), timeout=0.05)
    ended = all(t.cancelled() for t in handlers)
    for _, writer in clients: writer.close()
    await asyncio.wait(list(handlers))
    return {"ended": ended, "log": log}
run("c_server_shutdown", main, {"ended": True, "log": ["lifespan"]})
