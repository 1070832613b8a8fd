# Clean: a token cancels a session's current operation; the session sees its token and takes the request back.
from _h import *
class Token:
    def __init__(self): self.tasks = set(); self.fired = False
    def fire(self):
        self.fired = True
        for task in self.tasks: task.cancel("token")
    async def guard(self, coroutine):
        task = asyncio.current_task(); self.tasks.add(task)
        try: return await coroutine
        except asyncio.CancelledError:
            if not self.fired: raise
            task.uncancel()
            return "aborted"
        finally: self.tasks.discard(task)
async def main():
    async def session():
        log = []
        for _ in range(4):
            token = Token(); asyncio.get_running_loop().call_later(0.004, token.fire)
            log.append(await token.guard(asyncio.sleep(5)))
        for _ in range(8): await asyncio.sleep(0.002)
        return log, n()
    t = asyncio.create_task(session())
    log, left = await t
    return {"log": log, "residual": left}
run("c_cancel_token", main, {"log": ["aborted"] * 4, "residual": 0})
