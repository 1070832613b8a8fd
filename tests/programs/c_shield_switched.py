# Clean: the shield of an inner scope is switched off and on while the outer one is cancelled.
from _h import *; import anyio
async def main():
    async def work():
        for _ in range(3):
            with anyio.move_on_after(0.003):
                with anyio.CancelScope(shield=True) as inner:
                    await anyio.sleep(0.006)
                    inner.shield = False
                    try: await anyio.sleep(5)
                    finally:
                        inner.shield = True
                        await anyio.sleep(0.001)
                        inner.shield = False
            assert n() == 0
        for _ in range(8): await asyncio.sleep(0.001)
        return n()
    return {"residual": await asyncio.create_task(work())}
run("c_shield_switched", main, {"residual": 0})
