# Clean: entering a TaskGroup twice and a timeout outside of any task fails; nothing was entered, nothing is left open.
from _h import *
async def main():
    errors = []
    async with asyncio.TaskGroup() as tg:
        try:
            async with tg: pass
        except RuntimeError: errors.append("group")
        tg.create_task(asyncio.sleep(0.002))
    def outside():
        enter = asyncio.timeout(5).__aenter__()
        try: enter.send(None)
        except RuntimeError: errors.append("timeout")
    asyncio.get_running_loop().call_soon(outside)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"errors": errors, "residual": n()}
run("c_entered_twice", main, {"errors": ["group", "timeout"], "residual": 0})
