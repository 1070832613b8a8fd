# Faulty: the body of a quattro scope swallows the CancelledError: the scope then never takes its request back.
from _h import *; import quattro
async def main():
    for _ in range(3):
        with quattro.move_on_after(0.01):
            try: await asyncio.sleep(1)
            except asyncio.CancelledError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_quattro_body_swallows", main, {"residual": 0})
