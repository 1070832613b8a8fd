# Faulty up to AnyIO 4.5: a child fails, the body turns its CancelledError into an error: nothing taken back.
from _h import *; import anyio
async def main():
    async def bad(): await anyio.sleep(0.004); raise ValueError
    for _ in range(3):
        try:
            async with anyio.create_task_group() as tg:
                tg.start_soon(bad)
                try: await anyio.sleep(5)
                except asyncio.CancelledError: raise KeyError from None
        except* (ValueError, KeyError): pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_group_body_converts", main, {"residual": 0})
