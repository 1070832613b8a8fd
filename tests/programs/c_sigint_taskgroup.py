# Clean: Ctrl-C in a TaskGroup inside a timeout: the Runner cancels main, children end, KeyboardInterrupt comes out.
import os, signal, json, asyncio
from _h import new_loop
async def limited(seconds):
    task = asyncio.current_task()
    timer = asyncio.get_running_loop().call_later(seconds, lambda: task.cancel())
    try: await asyncio.sleep(5)
    except asyncio.CancelledError: pass
    finally: timer.cancel()
async def main():
    asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), signal.SIGINT)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tg:
        for _ in range(3): tg.create_task(asyncio.sleep(5))
out = {"case": "c_sigint_taskgroup", "how": "returned"}
try:
    with asyncio.Runner(loop_factory=new_loop) as r: r.run(main())
except BaseException as e: out["how"] = type(e).__name__
out["verdict"] = "clean" if out["how"] == "KeyboardInterrupt" else "how=" + out["how"]
print(json.dumps(out))
