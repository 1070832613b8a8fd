# Clean: a race helper cancels its host and its helper task; the helper ends, the host's request is taken back.
from _h import *
class Race:
    async def __aenter__(self):
        self.host = asyncio.current_task(); self.over = False
        self.helper = asyncio.create_task(asyncio.sleep(5))
        asyncio.get_running_loop().call_later(0.005, self.finish)
    def finish(self):
        self.over = True
        for task in (self.helper, self.host): task.cancel()
    async def __aexit__(self, kind, error, trace):
        await asyncio.wait([self.helper])
        if self.over: self.host.uncancel()
        return self.over and kind is asyncio.CancelledError
async def main():
    for _ in range(3):
        async with Race(): await asyncio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_class_host_and_helper", main, {"residual": 0})
