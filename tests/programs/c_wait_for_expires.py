# Clean: wait_for() expires around a coroutine, a task and a future (3.11 cancels a task of its own, 3.12 the caller).
from _h import *
async def main():
    outs = []
    for make in (lambda: asyncio.sleep(5), lambda: asyncio.create_task(asyncio.sleep(5)), asyncio.Future):
        try: await asyncio.wait_for(make(), 0.005)
        except TimeoutError: outs.append(n())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "outs": outs}
run("c_wait_for_expires", main, {"residual": 0, "outs": [0, 0, 0]})
