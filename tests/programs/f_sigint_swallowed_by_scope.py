# Faulty in AnyIO 4.0 to 4.14: Ctrl-C comes with the scope's own cancel: the scope swallows both, main runs on.
import os, signal, json, asyncio, anyio
from _h import new_loop
async def main():
    with anyio.CancelScope() as scope:
        def stop():
            scope.cancel()
            os.kill(os.getpid(), signal.SIGINT)
        asyncio.get_running_loop().call_later(0.02, stop)
        async with anyio.create_task_group() as tg:
            tg.cancel_scope.shield = False
            await anyio.sleep(5)
    for _ in range(12): await asyncio.sleep(0.002)
import anyio._backends._asyncio
out = {"case": "f_sigint_swallowed_by_scope", "how": "returned"}
try:
    with asyncio.Runner(loop_factory=new_loop) as r: r.run(main())
except BaseException as e: out["how"] = type(e).__name__
out["verdict"] = "clean" if out["how"] == "KeyboardInterrupt" else "how=" + out["how"]
print(json.dumps(out))
