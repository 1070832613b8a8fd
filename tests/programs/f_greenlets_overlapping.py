# Faulty: greenlets that wait within time-outs' cancel()s, one after the other in the same part of the C stack; meanwhile a
# worker is cancelled directly, swallows that and runs on. greenlet is imported late.
import asyncio
def deep(depth, call): return sorted([depth], key=lambda depth: deep(depth - 1, call) if depth else call() or 0)
class Waiting(asyncio.Future):
    def cancel(self, msg=None):
        from greenlet import getcurrent
        getcurrent().parent.switch()
        return super().cancel(msg)
async def timed(scopes):
    try:
        async with asyncio.timeout(60) as scope:
            scopes.append(scope)
            await Waiting()
    except TimeoutError: pass
async def worker():
    try: await asyncio.sleep(60)
    except asyncio.CancelledError: pass
    for _ in range(20): await asyncio.sleep(0.002)
async def main():
    from greenlet import greenlet
    scopes = []
    tasks = [asyncio.create_task(timed(scopes)) for _ in range(6)] + [asyncio.create_task(worker())]
    await asyncio.sleep(0)
    greenlets = [greenlet(lambda each=scope: deep(80, each._on_timeout)) for scope in scopes]
    for each in greenlets: each.switch()
    tasks[-1].cancel()
    for each in greenlets: each.switch()
    await asyncio.wait(tasks)
asyncio.run(main())
print("done")
