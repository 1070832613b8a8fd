# Clean: a Task whose cancel() keeps requests until a critical section is over. What the timeout asked for is raised later,
# in nobody's name, and the timeout takes it back.
from _h import *
class Careful(asyncio.Task):
    critical = False; held = None
    def cancel(self, msg=None):
        if not self.critical: return super().cancel(msg)
        self.held = (msg,)
        return True
    def __enter__(self): self.critical = True
    def __exit__(self, *exception):
        self.critical = False
        held, self.held = self.held, None
        if held: super().cancel(*held)
async def main():
    asyncio.get_running_loop().set_task_factory(lambda loop, coro, **k: Careful(coro, loop=loop, **k))
    async def work():
        for _ in range(3):
            try:
                async with asyncio.timeout(0.005):
                    with me(): await asyncio.sleep(0.01)
                    await asyncio.sleep(5)
            except TimeoutError: pass
            assert n() == 0
        for _ in range(8): await asyncio.sleep(0.001)
    task = asyncio.create_task(work()); await task
    return {"residual": task.cancelling()}
run("c_task_holds_cancel_back", main, {"residual": 0})
