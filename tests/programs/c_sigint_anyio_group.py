# Clean: Ctrl-C in an AnyIO group inside a scope: main ends, KeyboardInterrupt comes out.
import os, signal, json, asyncio, anyio
from _h import new_loop
async def main():
    with anyio.CancelScope() as scope:
        def stop():
            os.kill(os.getpid(), signal.SIGINT)
        asyncio.get_running_loop().call_later(0.02, stop)
        async with anyio.create_task_group() as tg:
            tg.start_soon(anyio.sleep, 5)
            await anyio.sleep(5)
    for _ in range(12): await asyncio.sleep(0.002)
import anyio._backends._asyncio
out = {"case": "c_sigint_anyio_group", "how": "returned"}
try:
    with asyncio.Runner(loop_factory=new_loop) as r: r.run(main())
except BaseException as e: out["how"] = type(e).__name__
out["verdict"] = "clean" if out["how"] == "KeyboardInterrupt" else "how=" + out["how"]
print(json.dumps(out))
