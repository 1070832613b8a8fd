# Faulty in AnyIO 4.2 and 4.3 (#716): two loops in two threads leak from the same lines.
from _h import *; import anyio, threading
async def leak():
    for _ in range(5):
        with anyio.CancelScope() as outer:
            with anyio.CancelScope(): outer.cancel(); await anyio.sleep(0)
        await asyncio.sleep(0.002)
    return n()
async def main():
    box = []
    other = threading.Thread(target=lambda: box.append(asyncio.run(leak()))); other.start()
    mine = await leak(); other.join()
    return {"residual": mine, "residual_other": box[0]}
run("f_leak_in_threads", main, {"residual": 0, "residual_other": 0})
