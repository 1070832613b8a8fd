# Clean: TaskGroup.cancel() (3.15) from everywhere and at every moment: nothing comes out, nothing stays.
from _h import *
async def main():
    loop = asyncio.get_running_loop(); seen = []
    async def child(tg): await asyncio.sleep(0.002); tg.cancel(); await asyncio.sleep(5)
    async def group(early=False, body=lambda tg: None, wait=5, children=(), twice=1):
        tg = asyncio.TaskGroup()
        if early: tg.cancel()
        async with tg:
            for make in children: tg.create_task(make(tg))
            for _ in range(twice): body(tg)
            await asyncio.sleep(wait)
        tg.cancel()                                # after its end it is nothing
        await asyncio.sleep(0.002); seen.append(n())
    await group(body=lambda tg: tg.cancel())                                       # from its body
    await group(body=lambda tg: tg.cancel(), twice=3)                              # again and again
    await group(early=True)                                                        # before it is entered
    await group(children=(child,) * 3)                                             # from its children
    await group(body=lambda tg: loop.call_later(0.002, tg.cancel))                 # from a callback
    await group(body=lambda tg: loop.call_later(0.002, tg.cancel), wait=0, children=(lambda tg: asyncio.sleep(5),))
    async with asyncio.timeout(5), asyncio.TaskGroup() as outer:                   # the outer one of two
        outer.create_task(group()); await asyncio.sleep(0.002); outer.cancel()
        async with asyncio.TaskGroup() as inner: inner.create_task(asyncio.sleep(5))
    await asyncio.sleep(0.002); seen.append(n())
    return {"seen": seen}
run("c_taskgroup_cancelled", main, {"seen": [0] * 7})
