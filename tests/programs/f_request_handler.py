# Faulty: the handler treats its cancel as one more upstream error and streams on to a client that has gone.
from _h import *
class Connection:
    def __init__(self, handler):
        self.task = asyncio.create_task(handler(self)); self.keepalive = None; self.lost = False
    def touch(self):
        if self.keepalive: self.keepalive.cancel()
        self.keepalive = asyncio.get_running_loop().call_later(5, self.connection_lost)
    def connection_lost(self):
        self.lost = True; self.keepalive.cancel(); self.task.cancel()
async def main():
    async def handler(connection):
        for _ in range(40):
            connection.touch()
            try:
                async with asyncio.timeout(0.003): await asyncio.sleep(5)
            except TimeoutError: pass
            except (ConnectionError, asyncio.CancelledError): pass
        return connection.lost
    connections = [Connection(handler) for _ in range(3)]; await asyncio.sleep(0.02)
    for c in connections: c.connection_lost()
    await asyncio.wait([c.task for c in connections])
    for c in connections: c.keepalive.cancel()
    return {"cancelled": [c.task.cancelled() for c in connections]}
run("f_request_handler", main, {"cancelled": [True] * 3})
