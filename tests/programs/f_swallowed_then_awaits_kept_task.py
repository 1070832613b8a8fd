# Faulty: ignores its cancellation and runs on; a timeout later on, around a task that is kept, changes nothing.
from _h import *
async def main():
    kept = []
    async def w():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        kept.append(asyncio.ensure_future(asyncio.sleep(5)))
        try:
            async with asyncio.timeout(0.005): await kept[0]
        except (TimeoutError, asyncio.CancelledError): pass
        for _ in range(8): await asyncio.sleep(0.001)
        return "alive"
    t = asyncio.ensure_future(w()); await asyncio.sleep(0.005); t.cancel(); r = await t
    return {"residual": t.cancelling(), "r": r, "kept": kept[0].cancelled()}
run("f_swallowed_then_awaits_kept_task", main, {"residual": 0})
