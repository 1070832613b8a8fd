# Faulty: a handler stops its CancelledError and works on; what a scope lets out later is that scope's own.
from _h import *
async def main():
    async def handler():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(8): await asyncio.sleep(0.002)
        try:
            async with asyncio.timeout(0.01):
                async with asyncio.TaskGroup(): await asyncio.sleep(5)
        except TimeoutError: return "gone"
    t = asyncio.create_task(handler()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_scope_delays_other_cancel", main, {"cancelled": True})
