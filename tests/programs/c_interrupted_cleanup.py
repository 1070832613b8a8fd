# Clean: the twin of f_interrupted_straggler whose worker cleans up, in the way of each kind of code, when Ctrl-C ends it.
import os, signal, json, asyncio, contextlib
from _h import new_loop
async def in_finally():
    try: await asyncio.sleep(5)
    finally: await asyncio.sleep(5)
class Resource:
    async def __aenter__(self): pass
    async def __aexit__(self, *error): await asyncio.sleep(5)
async def in_exit():
    async with Resource(): await asyncio.sleep(5)
@contextlib.asynccontextmanager
async def manager():
    try: yield
    finally: await asyncio.sleep(5)
async def in_manager():
    async with manager(): await asyncio.sleep(5)
async def numbers():
    try:
        await asyncio.sleep(5); yield 1
    finally: await asyncio.sleep(5)
async def in_generator():
    async for _ in numbers(): pass
async def child():
    try: await asyncio.sleep(5)
    finally: await asyncio.sleep(0.1)
async def in_inner_group():
    async with asyncio.TaskGroup() as tg: tg.create_task(child())
async def main():
    async with asyncio.TaskGroup() as tg:
        tasks = [tg.create_task(f()) for f in (in_finally, in_exit, in_manager, in_generator, in_inner_group)]
        await asyncio.sleep(0.01)
        for task in tasks: task.cancel("shutting down")
        for n in range(20): asyncio.get_running_loop().call_later(n / 500, int)
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)
out = {"case": "c_interrupted_cleanup", "how": "returned"}
try:
    with asyncio.Runner(loop_factory=new_loop) as r: r.run(main())
except BaseException as e: out["how"] = type(e).__name__
out["verdict"] = "clean" if out["how"] == "KeyboardInterrupt" else "how=" + out["how"]
print(json.dumps(out))
