# Clean: a connection pool on a Semaphore and a Queue: acquiring times out, waiters are cancelled, all is given back.
from _h import *
class Pool:
    def __init__(self): self.limit = asyncio.Semaphore(1); self.free = asyncio.LifoQueue(); self.free.put_nowait("c1")
    async def __aenter__(self):
        async with asyncio.timeout(0.01):
            await self.limit.acquire()
            try: return await self.free.get()
            except BaseException: self.limit.release(); raise
    async def __aexit__(self, *error): self.free.put_nowait("c1"); self.limit.release()
async def main():
    pool = Pool(); outs = []
    async def user(hold):
        try:
            async with pool: await asyncio.sleep(hold); outs.append("used")
        except TimeoutError: outs.append("late")
    first = asyncio.create_task(user(5)); await asyncio.sleep(0.002)
    await asyncio.gather(user(0), user(0)); first.cancel(); await asyncio.wait([first])
    await user(0)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"outs": outs, "residual": n()}
run("c_pool_acquire_times_out", main, {"outs": ["late", "late", "used"], "residual": 0})
