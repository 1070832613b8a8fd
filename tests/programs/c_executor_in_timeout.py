# Clean: a timeout expires around run_in_executor and to_thread; the threads finish by themselves.
from _h import *; import time
async def main():
    outs = []
    for wait in (lambda: asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.04),
                 lambda: asyncio.to_thread(time.sleep, 0.04)):
        try:
            async with asyncio.timeout(0.01): await wait()
        except TimeoutError: outs.append(n())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"outs": outs}
run("c_executor_in_timeout", main, {"outs": [0, 0]})
