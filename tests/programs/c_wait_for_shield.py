# Clean: wait_for and as_completed give up on shielded tasks, which go on and finish.
from _h import *
async def main():
    kept = asyncio.create_task(asyncio.sleep(0.04, "kept")); late = 0
    for _ in range(3):
        try: await asyncio.wait_for(asyncio.shield(kept), 0.005)
        except TimeoutError: late += 1
    try:
        for next_one in asyncio.as_completed([kept, asyncio.sleep(0.05)], timeout=0.005): await next_one
    except TimeoutError: late += 1
    return {"late": late, "r": await kept, "residual": n() + kept.cancelling()}
run("c_wait_for_shield", main, {"late": 4, "r": "kept", "residual": 0})
