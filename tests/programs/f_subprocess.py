# Faulty: the other Python, started by a program that is in order, swallows a cancel and runs on.
from _h import *
CODE = """
import asyncio
async def work():
    try: await asyncio.sleep(5)
    except asyncio.CancelledError: HOW
    for _ in range(12): await asyncio.sleep(0.002)
async def main():
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel(); await asyncio.wait([t])
    print(t.cancelled())
asyncio.run(main())
"""
async def main():
    code = CODE.replace("HOW", "pass")
    async with asyncio.timeout(5):
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
        out, _ = await child.communicate()
    return {"out": out.decode().strip()}
run("f_subprocess", main, {"out": "True"})
