# Clean: a home-made timeout class whose timer calls a partial of a function beside it takes each request back.
import asyncio, contextlib, functools
class Limit:
    def __init__(self, delay): self.delay=delay
    async def __aenter__(self):
        self.task=asyncio.current_task(); self.fired=[]
        self.handle=asyncio.get_running_loop().call_later(self.delay, functools.partial(fire, self))
    async def __aexit__(self, kind, value, tb):
        self.handle.cancel()
        if kind is asyncio.CancelledError and self.fired:
            self.task.uncancel()
            raise TimeoutError
def fire(limit):
    limit.fired.append(1); limit.task.cancel()
async def main():
    for _ in range(3):
        try:
            async with Limit(0.01): await asyncio.sleep(1)
        except TimeoutError: pass
        await asyncio.sleep(0.003)
    for _ in range(8): await asyncio.sleep(0.002)
    print(asyncio.current_task().cancelling())
asyncio.run(main())
