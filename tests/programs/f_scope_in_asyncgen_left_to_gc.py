# Faulty: a generator holding a scope is left early; the loop closes it in a task of its own, which AnyIO refuses.
from _h import *; import anyio
async def main():
    refused = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: refused.append(context["message"]))
    async def ticks():
        with anyio.CancelScope():
            for i in range(10): yield i
    async for i in ticks():
        if i == 2: break
    await asyncio.sleep(0.02)
    return {"i": i, "refused": len(refused)}
run("f_scope_in_asyncgen_left_to_gc", main, {"i": 2, "refused": 0})
