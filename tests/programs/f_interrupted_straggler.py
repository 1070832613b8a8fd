# Faulty: a worker of a TaskGroup swallows its cancellation at shutdown; the group waits until somebody presses Ctrl-C.
import os, signal, json, asyncio
from _h import new_loop
async def worker(queue):
    while True:
        await queue.get()
        try: await asyncio.sleep(5)
        except BaseException: pass
async def main():
    queue = asyncio.Queue(); queue.put_nowait(1)
    async with asyncio.TaskGroup() as tg:
        task = tg.create_task(worker(queue))
        await asyncio.sleep(0.01)
        task.cancel("shutting down")
        for n in range(20): asyncio.get_running_loop().call_later(n / 500, int)
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)
out = {"case": "f_interrupted_straggler", "how": "returned"}
try:
    with asyncio.Runner(loop_factory=new_loop) as r: r.run(main())
except BaseException as e: out["how"] = type(e).__name__
out["verdict"] = "faulty" if out["how"] == "KeyboardInterrupt" else "how=" + out["how"]
print(json.dumps(out))
