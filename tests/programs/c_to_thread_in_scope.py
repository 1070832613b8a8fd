# Clean: scopes expire around to_thread.run_sync, which waits for its thread; a thread cancels its own scope.
from _h import *; import anyio, anyio.to_thread, anyio.from_thread, time
async def main():
    for _ in range(2):
        with anyio.move_on_after(0.01): await anyio.to_thread.run_sync(time.sleep, 0.03)
    with anyio.CancelScope() as scope:
        def work(): anyio.from_thread.run(anyio.sleep, 0.002); anyio.from_thread.run_sync(scope.cancel)
        await anyio.to_thread.run_sync(work)
        await anyio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "called": scope.cancel_called}
run("c_to_thread_in_scope", main, {"residual": 0, "called": True})
