# Clean: quattro's scopes: a deadline that moves on, one that fails, a cancel, a cancel before entry, two nested.
from _h import *; import quattro
async def main():
    seen = []
    with quattro.move_on_after(0.01) as scope: await asyncio.sleep(1)
    seen.append(scope.cancelled_caught)
    try:
        with quattro.fail_after(0.01): await asyncio.sleep(1)
    except TimeoutError: seen.append(True)
    with quattro.move_on_after(5) as scope:
        scope.cancel(); await asyncio.sleep(1)
    seen.append(scope.cancelled_caught)
    with quattro.CancelScope() as outer:
        with quattro.move_on_after(5):
            asyncio.get_running_loop().call_later(0.005, outer.cancel); await asyncio.sleep(1)
    seen.append(outer.cancelled_caught)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "seen": seen}
run("c_quattro_scopes", main, {"residual": 0, "seen": [True] * 4})
