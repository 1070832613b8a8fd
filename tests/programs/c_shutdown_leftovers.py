# Clean: main() returns with tasks left over, some of which return or clean up long; asyncio.run cancels all.
from _h import *
async def main():
    async def worker(i):
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            if i == 0: raise
            if i == 2:
                for _ in range(10): await asyncio.sleep(0.002)
            return i
    main.tasks = [asyncio.create_task(worker(i)) for i in range(3)]
    await asyncio.sleep(0.01)
    return {"left": sum(not t.done() for t in main.tasks)}
run("c_shutdown_leftovers", main, {"left": 3})
