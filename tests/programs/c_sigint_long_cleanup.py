# Clean: main catches the CancelledError of Ctrl-C, drains for many iterations and returns: SIGINT is handled.
import os, signal, json, asyncio
from _h import new_loop
async def main():
    asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), signal.SIGINT)
    try: await asyncio.sleep(5)
    except asyncio.CancelledError:
        for _ in range(12): await asyncio.sleep(0.002)
    return "drained"
out = {"case": "c_sigint_long_cleanup", "how": None}
try:
    with asyncio.Runner(loop_factory=new_loop) as r: out["how"] = r.run(main())
except BaseException as e: out["how"] = type(e).__name__
out["verdict"] = "clean" if out["how"] == "drained" else "how=" + out["how"]
print(json.dumps(out))
