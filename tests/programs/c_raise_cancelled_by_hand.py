# Clean: CancelledError without any request, raised by hand and out of a cancelled future: right to catch.
from _h import *
async def main():
    async def gives_up(): raise asyncio.CancelledError("by hand")
    caught = 0
    for _ in range(5):
        try: await gives_up()
        except asyncio.CancelledError: caught += 1
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.cancel)
        try: await future
        except asyncio.CancelledError: caught += 1
    t = asyncio.create_task(gives_up()); await asyncio.wait([t])
    return {"caught": caught, "residual": n(), "cancelled": t.cancelled()}
run("c_raise_cancelled_by_hand", main, {"caught": 10, "residual": 0, "cancelled": True})
