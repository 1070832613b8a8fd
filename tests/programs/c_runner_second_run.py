# Clean: a task of a Runner's first run lives on into the second one, is waited for there, and is cancelled by close().
from _h import *
async def main():
    bg = None
    async def ticker():
        try:
            while True: await asyncio.sleep(0.001)
        finally: await asyncio.sleep(0.003)
    async def first():
        nonlocal bg
        bg = asyncio.create_task(ticker())
        try:
            async with asyncio.timeout(0.005): await asyncio.sleep(5)
        except TimeoutError: pass
    async def second():
        try: await asyncio.wait_for(asyncio.shield(bg), 0.005)
        except TimeoutError: pass
        assert not bg.done() and n() == 0
    def twice():
        with asyncio.Runner() as runner: runner.run(first()); runner.run(second())
        return bg.cancelled()
    return {"ended": await asyncio.to_thread(twice)}
run("c_runner_second_run", main, {"ended": True})
